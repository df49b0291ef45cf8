/* shape_reader.h - what the readers of LabelMe's and COCO's JSON share. Private to data/. */
#ifndef DATA_SHAPE_READER_H
#define DATA_SHAPE_READER_H

#include "data/shapes/drawing.h"
#include "tensor/json.h"

/* The text of the JSON file at path, which *reader walks; the caller frees it. A byte-order mark is
 * skipped. NULL, with an error that names path, if it cannot be read. */
char *shape_file_read(const char *path, JsonReader *reader, Error *error);

/* Fails if the field of this number was seen before. */
void shape_field_once(JsonReader *reader, unsigned *seen, int field, const char *name);

/* A number within DRAWING_COORDINATE_MAX of 0. */
double shape_coordinate(JsonReader *reader);

/* A side of an image: 1..IMAGE_SIDE_MAX, or 0 for null. */
int shape_image_side(JsonReader *reader);

/* The name of a class; the caller frees. NULL, after a failure, if it cannot be one. */
char *shape_label(JsonReader *reader);

#endif
