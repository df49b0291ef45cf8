/* disk.c - projects features and hyperplanes to a plane through the origin, and draws its disk. */
#include "hadnet/reports/page/disk.h"

#include "hadnet/reports/page/html.h"
#include "hadnet/reports/palette.h"
#include "hyp/row.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 200, RADIUS = 260, MIDDLE = 270, LEGEND = 24, SIDES = 12 };

/* y = sum over classes of the mean of [u,x] u: the second moment about the origin, times x. */
static void multiply_moment(const Embeddings *embeddings, const real *x, real *y) {
    const int64_t n = embeddings->dimension;
    for (int64_t i = 0; i < n; i++) y[i] = 0;
    for (int k = 0; k < CLASSES_MAX; k++)
        for (int j = 0; j < embeddings->held[k]; j++) {
            const real *u = embeddings->vectors[k] + j * n;
            const real weight = row_dot(u, x, n) / (real)embeddings->held[k];
            for (int64_t i = 0; i < n; i++) y[i] += weight * u[i];
        }
}

static void remove_part(real *x, const real *direction, int64_t n) {
    const real along = row_dot(x, direction, n);
    for (int64_t i = 0; i < n; i++) x[i] -= along * direction[i];
}

/* Length 1; false: it has none. */
static bool normalise(real *x, int64_t n) {
    const real length = row_norm(x, n);
    for (int64_t i = 0; i < n && length > 0; i++) x[i] /= length;
    return length > 0;
}

/* By power iteration. Features of no length, or all along one line, leave a direction at its start. */
void disk_directions(const Embeddings *embeddings, real *directions) {
    const int64_t n = embeddings->dimension;
    real *next = memory_new((size_t)n, sizeof *next);
    for (int d = 0; d < 2; d++) {
        real *e = directions + d * n;
        for (int64_t i = 0; i < n; i++) e[i] = (real)cos(1.7 * (double)i + d);
        for (int round = 0; round < ROUNDS; round++) {
            if (d == 1) remove_part(e, directions, n);
            normalise(e, n);
            multiply_moment(embeddings, e, next);
            if (d == 1) remove_part(next, directions, n);
            if (!normalise(next, n)) break;
            for (int64_t i = 0; i < n; i++) e[i] = next[i];
        }
    }
    free(next);
}

/* A position in the picture of a point of the unit disk. */
static double across(double x) {
    return MIDDLE + RADIUS * x;
}

static double down(double y) {
    return MIDDLE - RADIUS * y;
}

/* Marks differ in shape as well as in colour. */
static void write_mark(FILE *file, int class, double x, double y) {
    const Colour colour = class_colour(class);
    const double px = across(x), py = down(y);
    fprintf(file,
            "<path fill=\"#%02x%02x%02x\" fill-opacity=\".75\" stroke=\"var(--ink)\" "
            "stroke-width=\".4\" d=\"",
            colour.red, colour.green, colour.blue);
    switch (class % 4) {
    case 0:
        fprintf(file, "M%.1f %.1fa2.4 2.4 0 1 0 .01 0z", px, py - 2.4);
        break;
    case 1:
        fprintf(file, "M%.1f %.1fl3.6 6h-7.2z", px, py - 4);
        break;
    case 2:
        fprintf(file, "M%.1f %.1fh5.4v5.4h-5.4z", px - 2.7, py - 2.7);
        break;
    default:
        fprintf(file, "M%.1f %.1fl3.6 3.6l-3.6 3.6l-3.6-3.6z", px, py - 3.6);
    }
    fputs("\"/>\n", file);
}

/* sqrt(c) times |u| is in the ball of curvature -1. */
static double scale_of(const Head *head) {
    return sqrt(layer_hyperplane_curvature(&head->hyperplanes));
}

static void write_features(FILE *file, const Embeddings *embeddings, const Head *head,
                           const real *directions) {
    const int64_t n = embeddings->dimension;
    for (int k = 0; k < CLASSES_MAX; k++)
        for (int j = 0; j < embeddings->held[k]; j++) {
            const real *u = embeddings->vectors[k] + j * n;
            const double x = scale_of(head) * (double)row_dot(u, directions, n);
            const double y = scale_of(head) * (double)row_dot(u, directions + n, n);
            const double length = hypot(x, y), f = length > 0 ? tanh(length) / length : 1;
            write_mark(file, k, f * x, f * y);
        }
}

bool disk_cut(const real *p, const real *a, int64_t n, double sc, const real *directions,
              DiskCut *cut) {
    double P[2], A[2], B[2];
    const double gap = 1 - sc * sc * (double)row_dot(p, p, n), h = sc * (double)row_dot(p, a, n);
    for (int d = 0; d < 2; d++) {
        P[d] = sc * (double)row_dot(p, directions + d * n, n);
        A[d] = (double)row_dot(a, directions + d * n, n);
        B[d] = 2 * h * P[d] + gap * A[d];
    }
    /* On the edge |X| = 1, so [B,X] = 2h: at the angles +-acos(2h/|B|) from B. */
    const double length = hypot(B[0], B[1]), cosine = length > 0 ? 2 * h / length : 2;
    if (!(fabs(cosine) < 1)) return false;
    *cut = (DiskCut){ atan2(B[1], B[0]), acos(cosine) };
    return true;
}

/* The attributes of a class's line: as its colour, so its dashes. */
static void write_stroke(FILE *file, int class) {
    static const char *const dashes[] = { "2 4", "none", "9 4", "9 3 2 3" };
    const Colour colour = class_colour(class);
    fprintf(file, "stroke-width=\"2.5\" stroke-dasharray=\"%s\" stroke=\"", dashes[class % 4]);
    if (class == 0)
        fputs("var(--soft)\"", file);
    else
        fprintf(file, "#%02x%02x%02x\"", colour.red, colour.green, colour.blue);
}

static void write_hyperplane(FILE *file, const DiskCut *cut, int class) {
    const double from = cut->middle - cut->half, to = cut->middle + cut->half;
    const double radius = fabs(tan(cut->half)); /* of the circle: sqrt(|B/2h|^2 - 1) */
    fputs("<path fill=\"none\" ", file);
    write_stroke(file, class);
    fprintf(file, " d=\"M%.1f %.1f", across(cos(from)), down(sin(from)));
    if (radius > 1e4)
        fprintf(file, "L%.1f %.1f", across(cos(to)), down(sin(to)));
    else
        fprintf(file, "A%.1f %.1f 0 0 %d %.1f %.1f", RADIUS * radius, RADIUS * radius,
                cut->half < acos(0) ? 1 : 0, across(cos(to)), down(sin(to)));
    fputs("\"/>\n", file);
}

static void write_hyperplanes(FILE *file, const Head *head, int64_t n, const real *directions,
                              int classes) {
    const HyperplaneLayer *planes = &head->hyperplanes;
    const size_t count = (size_t)classes * (size_t)n;
    real *p = memory_new(count, sizeof *p), *a = memory_new(count, sizeof *a);
    tensor_download(&planes->points->value, p);
    tensor_download(&planes->normals->value, a);
    for (int k = 0; k < classes; k++) {
        DiskCut cut;
        if (disk_cut(p + k * n, a + k * n, n, sqrt((double)planes->curvature), directions, &cut))
            write_hyperplane(file, &cut, k);
    }
    free(p);
    free(a);
}

static void write_legend(FILE *file, const char *const *class_names, int classes) {
    for (int k = 0; k < classes; k++) {
        const int y = 2 * MIDDLE + 16 + k * LEGEND;
        write_mark(file, k, (24.0 - MIDDLE) / RADIUS, (double)(MIDDLE - y) / RADIUS);
        fputs("<line ", file);
        write_stroke(file, k);
        fprintf(file, " x1=\"40\" x2=\"80\" y1=\"%d\" y2=\"%d\"/><text x=\"90\" y=\"%d\">", y, y,
                y + 4);
        html_text(file, class_names[k]);
        fputs("</text>\n", file);
    }
}

void disk_write(FILE *file, const Embeddings *embeddings, const Head *head,
                const char *const *class_names, int classes) {
    const int64_t n = embeddings->dimension;
    real *directions = memory_new(2 * (size_t)n, sizeof *directions);
    disk_directions(embeddings, directions);
    fprintf(file,
            "<svg viewBox=\"0 0 %d %d\" style=\"max-width:34rem\" role=\"img\" aria-label=\"The "
            "Poincar&eacute; disk\">\n<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"var(--band)\" "
            "stroke=\"var(--ink)\"/>\n",
            2 * MIDDLE, 2 * MIDDLE + 8 + classes * LEGEND, MIDDLE, MIDDLE, RADIUS);
    write_hyperplanes(file, head, n, directions, classes);
    write_features(file, embeddings, head, directions);
    write_legend(file, class_names, classes);
    fputs("</svg>\n", file);
    free(directions);
}
