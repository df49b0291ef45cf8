/* defects.c - finds the defects of an image, and keeps some of them. */
#include "hadnet/training/defects.h"

#include "data/image/resize.h"
#include "hadnet/training/input_image.h"
#include "hyp/ball.h"
#include "hyp/frechet_mean.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PURPOSE = 0xdefec7, MARGIN = 8 /* pixels of the image around a defect */ };

void defects_begin(Defects *defects, const Network *network, Node *tangents) {
    const HyperplaneLayer *planes = &network->head.hyperplanes;
    *defects = (Defects){ .random = random_stream(1, PURPOSE, 0, 0),
                          .network = network,
                          .tangents = tangents,
                          .dimension = shape_last(&tangents->shape) };
    if (network->options.hyperbolic)
        defects->curvature =
            planes->scale ? layer_hyperplane_curvature(planes) : network->options.curvature;
    graph_keep(tangents);
}

static void free_defect(Defect *defect) {
    free(defect->ball);
    free(defect->plane);
    image_free(&defect->picture);
    *defect = (Defect){ 0 };
}

void defects_free(Defects *defects) {
    for (int k = 0; k < CLASSES_MAX; k++)
        for (int i = 0; i < defects->held[k]; i++) free_defect(&defects->of[k][i]);
}

/* An image's cells. */
typedef struct Cells {
    int64_t height, width, dimension;
    const real *features;
    const uint8_t *labels; /* of the image, size x size */
    int size;
    bool *visited;
    int64_t *region; /* the largest region of the class in question */
    int64_t count;
    int64_t *queue;
} Cells;

static int label_of(const Cells *cells, int64_t cell) {
    const int64_t y = cell / cells->width, x = cell % cells->width;
    const int64_t row = (2 * y + 1) * cells->size / (2 * cells->height);
    return cells->labels[row * cells->size + (2 * x + 1) * cells->size / (2 * cells->width)];
}

/* Visit the cells around `cell` with its label, corners included. */
static void visit_around(Cells *cells, int64_t cell, int64_t *count) {
    const int64_t y = cell / cells->width, x = cell % cells->width;
    for (int64_t k = 0; k < 9; k++) {
        const int64_t row = y + k / 3 - 1, column = x + k % 3 - 1;
        if (row < 0 || column < 0 || row >= cells->height || column >= cells->width) continue;
        const int64_t next = row * cells->width + column;
        if (cells->visited[next] || label_of(cells, next) != label_of(cells, cell)) continue;
        cells->visited[next] = true;
        cells->queue[(*count)++] = next;
    }
}

static void find_largest_region(Cells *cells, int label) {
    cells->count = 0;
    for (int64_t cell = 0; cell < cells->height * cells->width; cell++) {
        if (cells->visited[cell] || label_of(cells, cell) != label) continue;
        int64_t count = 0;
        cells->visited[cell] = true;
        cells->queue[count++] = cell;
        for (int64_t next = 0; next < count; next++)
            visit_around(cells, cells->queue[next], &count);
        if (count <= cells->count) continue;
        cells->count = count;
        memcpy(cells->region, cells->queue, (size_t)count * sizeof *cells->region);
    }
}

/* The square of the image around the region, at the size of a picture. */
static Image picture_of(const Cells *cells, const Image *image) {
    int64_t top = cells->height, left = cells->width, bottom = 0, right = 0;
    for (int64_t k = 0; k < cells->count; k++) {
        const int64_t y = cells->region[k] / cells->width, x = cells->region[k] % cells->width;
        top = y < top ? y : top;
        left = x < left ? x : left;
        bottom = y >= bottom ? y + 1 : bottom;
        right = x >= right ? x + 1 : right;
    }
    const int64_t height = (bottom - top) * cells->size / cells->height;
    const int64_t width = (right - left) * cells->size / cells->width;
    int64_t side = (height > width ? height : width) + (int64_t)2 * MARGIN;
    side = side > cells->size ? cells->size : side;
    int64_t y = (top + bottom) * cells->size / (2 * cells->height) - side / 2;
    int64_t x = (left + right) * cells->size / (2 * cells->width) - side / 2;
    y = y < 0 ? 0 : y > cells->size - side ? cells->size - side : y;
    x = x < 0 ? 0 : x > cells->size - side ? cells->size - side : x;
    Image square = image_new((int)side, (int)side, 3);
    for (int64_t row = 0; row < side; row++)
        memcpy(square.pixels + row * side * 3, image->pixels + ((y + row) * cells->size + x) * 3,
               (size_t)side * 3);
    Image picture = image_resize_bilinear(&square, DEFECT_SIDE, DEFECT_SIDE);
    image_free(&square);
    return picture;
}

static Defect defect_of(const Cells *cells, int label, double curvature, const Image *image) {
    const int64_t n = cells->dimension, count = cells->count;
    Defect defect = { .label = label,
                      .cells = (int)count,
                      .plane = memory_new((size_t)n, sizeof(real)),
                      .picture = picture_of(cells, image) };
    real *points = memory_new((size_t)(count * n), sizeof *points);
    for (int64_t k = 0; k < count; k++) {
        const real *u = cells->features + cells->region[k] * n;
        for (int64_t i = 0; i < n; i++) defect.plane[i] += u[i] / (real)count;
        if (curvature > 0) ball_exp_map_zero(u, n, (real)curvature, points + k * n);
    }
    if (curvature > 0) {
        defect.ball = memory_new((size_t)n, sizeof(real));
        ball_frechet_mean(points, count, n, (real)curvature, defect.ball);
    }
    free(points);
    return defect;
}

/* The n-th of a class is kept with probability DEFECTS_PER_CLASS / n, in the place of one kept
 * before (reservoir sampling, Vitter 1985). */
static int place_for(Defects *defects, int label) {
    const int64_t seen = defects->seen[label]++;
    if (seen < DEFECTS_PER_CLASS) return defects->held[label]++;
    const int place = (int)(random_uniform(&defects->random) * (double)(seen + 1));
    return place < DEFECTS_PER_CLASS ? place : -1;
}

static void offer(Defects *defects, Cells *cells, const Image *image) {
    memset(cells->visited, 0, (size_t)(cells->height * cells->width));
    for (int label = 1; label < defects->network->options.classes; label++) {
        find_largest_region(cells, label);
        const int place = cells->count ? place_for(defects, label) : -1;
        if (place < 0) continue;
        free_defect(&defects->of[label][place]);
        defects->of[label][place] = defect_of(cells, label, defects->curvature, image);
    }
}

bool defects_add(Defects *defects, int place, const real *image, const Normalisation *normalisation,
                 const uint8_t *labels, int size, Error *error) {
    const Shape *shape = &defects->tangents->shape;
    const int64_t count = shape->size[1] * shape->size[2];
    real *u = malloc(tensor_bytes(&defects->tangents->value));
    if (!u) return error_no_memory(error, "the features of a batch");
    tensor_download(&defects->tangents->value, u);
    Image shown = input_image(image, size, normalisation);
    Cells cells = { .height = shape->size[1],
                    .width = shape->size[2],
                    .dimension = defects->dimension,
                    .features = u + place * count * defects->dimension,
                    .labels = labels,
                    .size = size,
                    .visited = memory_new((size_t)count, sizeof *cells.visited),
                    .region = memory_new((size_t)count, sizeof *cells.region),
                    .queue = memory_new((size_t)count, sizeof *cells.queue) };
    offer(defects, &cells, &shown);
    free(cells.visited);
    free(cells.region);
    free(cells.queue);
    image_free(&shown);
    free(u);
    return true;
}

int defects_list(const Defects *defects, const Defect **list) {
    int count = 0;
    for (int k = 1; k < CLASSES_MAX; k++)
        for (int i = 0; i < defects->held[k]; i++) list[count++] = &defects->of[k][i];
    return count;
}
