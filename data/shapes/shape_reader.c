/* shape_reader.c - reads coordinates, sizes and names of classes from JSON, and bounds them. */
#include "data/shapes/shape_reader.h"

#include "data/labels/class_names.h"
#include "tensor/text_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

char *shape_file_read(const char *path, JsonReader *reader, Error *error) {
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    char *text = text_file_read(path, error);
    if (!text) return NULL;
    *reader = json_reader(text, strlen(text), error);
    if (!strncmp(text, byte_order_mark, sizeof byte_order_mark - 1))
        reader->at = sizeof byte_order_mark - 1;
    return text;
}

void shape_field_once(JsonReader *reader, unsigned *seen, int field, const char *name) {
    if (*seen >> field & 1) json_fail(reader, "two fields '%s'", name);
    *seen |= 1u << field;
}

double shape_coordinate(JsonReader *reader) {
    const double value = json_number(reader);
    if (fabs(value) <= DRAWING_COORDINATE_MAX) return value;
    json_fail(reader, "the coordinate %g; expected one within %d of 0", value,
              DRAWING_COORDINATE_MAX);
    return 0;
}

int shape_image_side(JsonReader *reader) {
    if (json_peek(reader) == 'n') {
        json_skip(reader);
        return 0;
    }
    const uint64_t side = json_unsigned(reader);
    if (side >= 1 && side <= IMAGE_SIDE_MAX) return (int)side;
    json_fail(reader, "an image of %llu pixels in width or height; expected 1..%d",
              (unsigned long long)side, IMAGE_SIDE_MAX);
    return 0;
}

char *shape_label(JsonReader *reader) {
    char buffer[64], *label = json_string(reader);
    const char *fault = label ? class_name_fault(label, buffer) : NULL;
    if (!fault) return label;
    json_fail(reader, "the name of a class %s", fault);
    free(label);
    return NULL;
}
