/* drawing.c - keeps the shapes of a mask, and fills them at pixel centres. */
#include "data/shapes/drawing.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Drawing *drawing_new(const char *word) {
    Drawing *drawing = memory_new(1, sizeof *drawing);
    drawing->word = word;
    return drawing;
}

void drawing_free(Drawing *drawing) {
    if (!drawing) return;
    for (int i = 0; i < drawing->count; i++) free(drawing->shapes[i].label);
    free(drawing->shapes);
    free(drawing->numbers);
    free(drawing->problem);
    free(drawing);
}

void drawing_add_number(Drawing *drawing, double number) {
    drawing->numbers = memory_one_more(drawing->numbers, drawing->number_count, sizeof(double));
    drawing->numbers[drawing->number_count++] = number;
}

void drawing_add_runs(Drawing *drawing, const Image *pixels) {
    const size_t width = (size_t)pixels->width, height = (size_t)pixels->height;
    bool inside = false;
    double length = 0;
    for (size_t i = 0; i < width * height; i++, length++) {
        if ((pixels->pixels[i % height * width + i / height] != 0) == inside) continue;
        drawing_add_number(drawing, length);
        inside = !inside;
        length = 0;
    }
    drawing_add_number(drawing, length);
}

void drawing_add_shape(Drawing *drawing, ShapeKind kind, char *label, uint64_t number,
                       size_t first) {
    drawing->shapes = memory_one_more(drawing->shapes, (size_t)drawing->count, sizeof(Shape));
    drawing->shapes[drawing->count++] = (Shape){ .kind = kind,
                                                 .label = label,
                                                 .class = -1,
                                                 .number = number,
                                                 .first = first,
                                                 .count = drawing->number_count - first };
}

/* ---- Where a shape lies ---- */

/* Columns and rows from..to, the end excluded, within the image. */
typedef struct Box {
    int left, right, top, bottom;
} Box;

/* The number of pixel centres of 0.5, 1.5, ... that lie before `at`, `most` at most. */
static int centres_before(double at, int most) {
    const double count = ceil(at - 0.5);
    return count <= 0 ? 0 : count >= most ? most : (int)count;
}

static Box box_of(const Shape *shape, const double *numbers, const Image *image) {
    double left = numbers[0], right = left, top = numbers[1], bottom = top;
    const double radius = shape->kind == SHAPE_CIRCLE ? numbers[2] : 0;
    for (size_t i = 2; shape->kind == SHAPE_POLYGON && i < shape->count; i += 2) {
        left = fmin(left, numbers[i]);
        right = fmax(right, numbers[i]);
        top = fmin(top, numbers[i + 1]);
        bottom = fmax(bottom, numbers[i + 1]);
    }
    Box box = { centres_before(left - radius, image->width),
                centres_before(right + radius, image->width),
                centres_before(top - radius, image->height),
                centres_before(bottom + radius, image->height) };
    if (shape->kind == SHAPE_CIRCLE) { /* a centre on its right or lower edge belongs to it */
        box.right += box.right < image->width;
        box.bottom += box.bottom < image->height;
    }
    return box;
}

/* ---- Polygons ---- */

/* An edge, from its upper end down. Neighbours that run along it in opposite directions then
 * compute the same crossings. */
typedef struct Edge {
    double x, y, end_x, end_y;
} Edge;

static Edge edge_at(const double *numbers, size_t count, size_t i) {
    const double *a = numbers + i, *b = numbers + (i + 2 < count ? i + 2 : 0);
    return a[1] <= b[1] ? (Edge){ a[0], a[1], b[0], b[1] } : (Edge){ b[0], b[1], a[0], a[1] };
}

/* The steps that a shape takes: pixels of its box, and rows that its edges cross. */
static double steps_of(const Shape *shape, const double *numbers, const Image *image) {
    if (shape->kind == SHAPE_RUNS)
        return (double)image->width * image->height + (double)shape->count;
    const Box box = box_of(shape, numbers, image);
    double steps = (double)(box.right - box.left) * (box.bottom - box.top) + (double)shape->count;
    for (size_t i = 0; shape->kind == SHAPE_POLYGON && i < shape->count; i += 2) {
        const Edge edge = edge_at(numbers, shape->count, i);
        steps += centres_before(edge.end_y, image->height) - centres_before(edge.y, image->height);
    }
    return steps;
}

/* Walking along a row, a crossing changes whether the next centre is inside. flips: a byte for each
 * pixel of the image, and one more in a row, all 0 before and after. */
static void fill_polygon(const Shape *shape, const double *numbers, Image *image, uint8_t *flips) {
    const Box box = box_of(shape, numbers, image);
    const size_t width = (size_t)image->width, stride = width + 1;
    for (size_t i = 0; i < shape->count; i += 2) {
        const Edge edge = edge_at(numbers, shape->count, i);
        const double slope = (edge.end_x - edge.x) / (edge.end_y - edge.y);
        const int bottom = centres_before(edge.end_y, image->height);
        for (int row = centres_before(edge.y, image->height); row < bottom; row++) {
            const double x = edge.x + (row + 0.5 - edge.y) * slope;
            const int column = centres_before(x, box.right);
            flips[(size_t)row * stride + (size_t)(column > box.left ? column : box.left)] ^= 1;
        }
    }
    for (int row = box.top; row < box.bottom; row++) {
        uint8_t *flip = flips + (size_t)row * stride, *labels = image->pixels + (size_t)row * width;
        uint8_t inside = 0;
        for (int column = box.left; column < box.right; column++) {
            inside ^= flip[column];
            flip[column] = 0;
            if (inside) labels[column] = (uint8_t)shape->class;
        }
        flip[box.right] = 0;
    }
}

/* ---- Circles ---- */

static void fill_circle(const Shape *shape, const double *numbers, Image *image) {
    const Box box = box_of(shape, numbers, image);
    const double square = numbers[2] * numbers[2];
    for (int row = box.top; row < box.bottom; row++)
        for (int column = box.left; column < box.right; column++) {
            const double x = column + 0.5 - numbers[0], y = row + 0.5 - numbers[1];
            if (x * x + y * y <= square)
                image->pixels[(size_t)row * (size_t)image->width + (size_t)column] =
                    (uint8_t)shape->class;
        }
}

/* ---- Runs ---- */

static void fill_runs(const Shape *shape, const double *numbers, Image *image) {
    const size_t width = (size_t)image->width, height = (size_t)image->height;
    double pixels = 0;
    size_t at = 0;
    for (size_t i = 0; i < shape->count; i++) pixels += numbers[i];
    if (pixels != (double)width * (double)height) return;
    for (size_t i = 0; i < shape->count; i++)
        for (double left = numbers[i]; left > 0; left--, at++)
            if (i % 2) image->pixels[at % height * width + at / height] = (uint8_t)shape->class;
}

/* ---- All of them ---- */

/* A hostile file could keep the program busy for days: a large image may be covered 20 times, a small
 * one more often. */
static bool is_feasible(const Drawing *drawing, const Image *image, const char *name,
                        Error *error) {
    const double most = 1e9 + 20.0 * image->width * image->height;
    double steps = 0;
    for (int i = 0; i < drawing->count; i++)
        steps += steps_of(&drawing->shapes[i], drawing->numbers + drawing->shapes[i].first, image);
    return steps <= most ||
           error_set(error,
                     "%s: %d shapes that cover %.3g pixels of an image of %d x %d; "
                     "expected at most %.3g",
                     name, drawing->count, steps, image->width, image->height, most);
}

bool drawing_draw(const Drawing *drawing, int width, int height, const char *name, Image *labels,
                  Error *error) {
    if (!image_allocate(labels, width, height, 1, name, error)) return false;
    uint8_t *flips = calloc((size_t)width + 1, (size_t)height);
    const bool good = flips ? is_feasible(drawing, labels, name, error)
                            : error_no_memory(error, "%s: a mask of %d x %d", name, width, height);
    for (int i = 0; good && i < drawing->count; i++) {
        const Shape *shape = &drawing->shapes[i];
        const double *numbers = drawing->numbers + shape->first;
        if (shape->kind == SHAPE_POLYGON)
            fill_polygon(shape, numbers, labels, flips);
        else if (shape->kind == SHAPE_CIRCLE)
            fill_circle(shape, numbers, labels);
        else
            fill_runs(shape, numbers, labels);
    }
    free(flips);
    if (!good) image_free(labels);
    return good;
}
