/* drawing.h - a mask that is given as shapes instead of pixels. Private to data/.
 *
 * A pixel belongs to a shape if its centre does: that of the pixel in column 0 and row 0 is at
 * (0.5, 0.5). Later shapes lie over earlier ones. A centre on the edge of two polygons side by side
 * belongs to exactly one of them.
 */
#ifndef DATA_DRAWING_H
#define DATA_DRAWING_H

#include "data/image/image.h"

#include <stdint.h>

/* Coordinates beyond this, on either side of 0, are refused: no image reaches so far. */
enum { DRAWING_COORDINATE_MAX = 1 << 20 };

typedef enum ShapeKind {
    SHAPE_POLYGON, /* x, y, x, y ...: closed, filled by the even-odd rule */
    SHAPE_CIRCLE,  /* x and y of the centre, radius */
    SHAPE_RUNS     /* lengths of runs of pixels, outside and inside in turn, down one column of the
                      image after the other; drawn where they make up the whole image */
} ShapeKind;

typedef struct Shape {
    ShapeKind kind;
    char *label;         /* the name of its class, as the file gives it; owned */
    int class;           /* what is drawn; -1 until the classes are named */
    uint64_t number;     /* of the shape in its file, for messages */
    size_t first, count; /* its numbers, within those of the drawing */
} Shape;

typedef struct Drawing {
    const char *word;  /* what the file calls a shape, for messages; static */
    int width, height; /* of the image, as the file says; 0: it does not */
    Shape *shapes;
    int count;
    double *numbers;
    size_t number_count;
    char *problem; /* why it cannot be drawn: "PATH: what"; NULL: it can; owned */
} Drawing;

/* An empty drawing. The caller frees. */
Drawing *drawing_new(const char *word);
void drawing_free(Drawing *drawing); /* NULL is fine */

void drawing_add_number(Drawing *drawing, double number);

/* Add the runs of the pixels that are not 0 in an image of one channel. */
void drawing_add_runs(Drawing *drawing, const Image *pixels);

/* Add a shape of the numbers from `first` on, and take over its label. */
void drawing_add_shape(Drawing *drawing, ShapeKind kind, char *label, uint64_t number,
                       size_t first);

/* Draw the shapes of classes 0 and up: *labels gets one channel of width x height, the class of
 * each pixel, 0 outside all shapes. Time is bounded: shapes that need too many steps for such an
 * image are refused with a line that begins with `name`. The caller frees. */
bool drawing_draw(const Drawing *drawing, int width, int height, const char *name, Image *labels,
                  Error *error);

#endif
