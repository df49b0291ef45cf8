/* labelme.c - reads a file of LabelMe: its shapes, and the size of its image. */
#include "data/shapes/labelme.h"

#include "data/shapes/shape_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reading {
    JsonReader json;
    Drawing *drawing;
    uint64_t shape; /* the number of the shape being read, from 1; 0 outside */
} Reading;

static void read_point(Reading *reading) {
    JsonReader *json = &reading->json;
    int count = 0;
    json_open(json, '[');
    for (; json_next_element(json); count++) {
        const double number = shape_coordinate(json);
        if (count < 2) drawing_add_number(reading->drawing, number);
    }
    if (count != 2)
        json_fail(json, "a point of %d number%s; expected x and y", count, count == 1 ? "" : "s");
}

static void read_points(Reading *reading) {
    json_open(&reading->json, '[');
    while (json_next_element(&reading->json)) read_point(reading);
}

/* Two opposite corners become four in turn. */
static void rectangle_to_polygon(Drawing *drawing, size_t first) {
    const double *corner = drawing->numbers + first;
    const double left = corner[0], top = corner[1], right = corner[2], bottom = corner[3];
    const double corners[8] = { left, top, right, top, right, bottom, left, bottom };
    drawing->number_count = first;
    for (int i = 0; i < 8; i++) drawing_add_number(drawing, corners[i]);
}

static void points_to_circle(Drawing *drawing, size_t first) {
    double *number = drawing->numbers + first;
    number[2] = hypot(number[2] - number[0], number[3] - number[1]);
    drawing->number_count--;
}

/* Turn the points from `first` on into the numbers of a shape of this type. */
static ShapeKind understand(Reading *reading, const char *type, size_t first) {
    const size_t points = (reading->drawing->number_count - first) / 2;
    const bool polygon = !type || !strcmp(type, "polygon"),
               circle = type && !strcmp(type, "circle");
    const bool rectangle = type && !strcmp(type, "rectangle");
    if (!polygon && !circle && !rectangle)
        json_fail(&reading->json, "the shape_type '%.40s'; expected polygon, rectangle or circle",
                  type);
    else if (polygon ? points < 3 : points != 2 && !(rectangle && points == 4))
        json_fail(&reading->json, "a %s of %zu point%s; expected %s", type ? type : "polygon",
                  points, points == 1 ? "" : "s",
                  polygon  ? "3 or more"
                  : circle ? "2, the centre and one of the circle"
                           : "2 corners, or 4");
    else if (rectangle && points == 2)
        rectangle_to_polygon(reading->drawing, first);
    else if (circle)
        points_to_circle(reading->drawing, first);
    return circle ? SHAPE_CIRCLE : SHAPE_POLYGON;
}

static char *type_or_null(JsonReader *json) {
    if (json_peek(json) != 'n') return json_string(json);
    json_skip(json);
    return NULL;
}

static void read_shape(Reading *reading) {
    enum { LABEL, POINTS, TYPE };
    JsonReader *json = &reading->json;
    const size_t first = reading->drawing->number_count;
    char *key, *label = NULL, *type = NULL;
    unsigned seen = 0;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        const int field = !strcmp(key, "label")        ? LABEL
                          : !strcmp(key, "points")     ? POINTS
                          : !strcmp(key, "shape_type") ? TYPE
                                                       : -1;
        if (field >= 0) shape_field_once(json, &seen, field, key);
        free(key);
        if (json->failed) break;
        if (field == LABEL)
            label = shape_label(json);
        else if (field == POINTS)
            read_points(reading);
        else if (field == TYPE)
            type = type_or_null(json);
        else
            json_skip(json);
    }
    if (!(seen >> LABEL & 1) || !(seen >> POINTS & 1))
        json_fail(json, "no field '%s'", seen >> LABEL & 1 ? "points" : "label");
    const ShapeKind kind = json->failed ? SHAPE_POLYGON : understand(reading, type, first);
    free(type);
    if (json->failed)
        free(label);
    else
        drawing_add_shape(reading->drawing, kind, label, reading->shape, first);
}

static void read_shapes(Reading *reading) {
    json_open(&reading->json, '[');
    while (json_next_element(&reading->json)) {
        reading->shape++;
        read_shape(reading);
    }
    if (!reading->json.failed) reading->shape = 0;
}

static void read_file(Reading *reading) {
    enum { SHAPES, WIDTH, HEIGHT };
    JsonReader *json = &reading->json;
    unsigned seen = 0;
    char *key;
    json_open(json, '{');
    while ((key = json_next_key(json))) {
        const int field = !strcmp(key, "shapes")        ? SHAPES
                          : !strcmp(key, "imageWidth")  ? WIDTH
                          : !strcmp(key, "imageHeight") ? HEIGHT
                                                        : -1;
        if (field >= 0) shape_field_once(json, &seen, field, key);
        free(key);
        if (json->failed) break;
        if (field == SHAPES)
            read_shapes(reading);
        else if (field == WIDTH)
            reading->drawing->width = shape_image_side(json);
        else if (field == HEIGHT)
            reading->drawing->height = shape_image_side(json);
        else
            json_skip(json);
    }
    json_finish(json);
    if (!(seen >> SHAPES & 1)) json_fail(json, "no field 'shapes'; expected a file of LabelMe");
}

Drawing *labelme_read(const char *path, Error *error) {
    Error line = { "" };
    Reading reading = { .drawing = NULL };
    char *text = shape_file_read(path, &reading.json, &line);
    if (!text) {
        error_set(error, "%s", line.text);
        return NULL;
    }
    reading.drawing = drawing_new("shape");
    read_file(&reading);
    free(text);
    if (!reading.json.failed) return reading.drawing;
    if (reading.shape)
        error_set(error, "%s: shape %llu: %s", path, (unsigned long long)reading.shape, line.text);
    else
        error_set(error, "%s: %s", path, line.text);
    drawing_free(reading.drawing);
    return NULL;
}
