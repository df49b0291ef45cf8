/* export_hyperplane.c - the logits of hyperplanes, Poincare (hyp/hyperplane/hyperplane.h) and
 * Euclidean (hyp/euclidean_logits.h), and feature clipping, in ONNX.
 *
 * With t = 2 sc|u| every quantity is divided by e^t, so nothing overflows:
 *     decay = e^-2t,    cosh~ = (1 + decay)/2,    sinh~ = tanh(t) cosh~
 *     s~ = sinh~/t [u,w] - B cosh~ = cosh~ (tanh(t)/t [u,w] - B)
 *     asinh(s~ e^t) = sign(s~) (t + log|s~| + log 2)    for large |s|
 * tanh(t)/t replaces (1 - e^-2t)/2t, as ONNX has no expm1. A class whose point is far from the
 * origin uses the form of hyp/hyperplane/hyperplane_ray.h, here for every pixel.
 */
#include "hadnet/export/exporter.h"
#include "hyp/euclidean_logits.h"
#include "hyp/feature_clip.h"
#include "hyp/hyperplane/hyperplane_ray.h"
#include "hyp/row_op.h"
#include "tensor/memory.h"

#include <stdlib.h>

/* |s| from which the logarithm replaces asinh: its error there is 1/4s^2. */
static const float FAR = 1e4f;
/* Below this t, e^t is finite, and so is its product with any s~. */
static const float GROWTH_END = 80;
/* Keeps a divisor and a logarithm's argument from being 0; has no other effect. */
static const float TINY = 1e-12f, TINIER = 1e-37f;

/* Values shared by all classes, [N,1,h,w] each except u. */
typedef struct Pixels {
    OnnxGraph *onnx;
    OnnxValue u, length, t, decay, cosh, tanh;
    int64_t dimension;
} Pixels;

static OnnxValue over_channels(OnnxGraph *onnx, const char *op, OnnxValue x) {
    const OnnxAttribute axis = onnx_integers("axes", 1, (int64_t[]){ 1 });
    return onnx_node(onnx, op, 1, &x, 1, &axis);
}

static OnnxValue times(OnnxGraph *onnx, OnnxValue x, real factor) {
    return onnx_binary(onnx, "Mul", x, onnx_number(onnx, (float)factor));
}

static OnnxValue plus(OnnxGraph *onnx, OnnxValue x, real summand) {
    return onnx_binary(onnx, "Add", x, onnx_number(onnx, (float)summand));
}

static OnnxValue at_least(OnnxGraph *onnx, OnnxValue x, float least) {
    return onnx_binary(onnx, "Max", x, onnx_number(onnx, least));
}

static OnnxValue at_most(OnnxGraph *onnx, OnnxValue x, float most) {
    return onnx_binary(onnx, "Min", x, onnx_number(onnx, most));
}

/* u min(1, r/|u|). */
bool export_feature_clip(Exporter *exporter, const Node *node, Error *error) {
    OnnxGraph *onnx = &exporter->onnx;
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,D] has an ONNX form");
    const float radius = (float)((const FeatureClip *)node->attributes)->radius;
    const OnnxValue u = exporter_input(exporter, node, 0);
    const OnnxValue length = at_least(onnx, over_channels(onnx, "ReduceL2", u), TINY);
    const OnnxValue shrink =
        at_most(onnx, onnx_binary(onnx, "Div", onnx_number(onnx, radius), length), 1);
    return exporter_set(exporter, node, onnx_binary(onnx, "Mul", u, shrink));
}

/* [u, row k] for every row of a matrix [count, dimension]: a 1x1 convolution. */
static OnnxValue products(const Pixels *pixels, const char *name, const real *rows, int64_t count) {
    const int64_t size[] = { count, pixels->dimension, 1, 1 };
    float *floats = memory_new((size_t)(count * pixels->dimension), sizeof *floats);
    for (int64_t i = 0; i < count * pixels->dimension; i++) floats[i] = (float)rows[i];
    const OnnxValue filters = onnx_floats(pixels->onnx, name, floats, 4, size);
    free(floats);
    return onnx_binary(pixels->onnx, "Conv", pixels->u, filters);
}

static Pixels prepare_pixels(Exporter *exporter, const Node *node, real c) {
    OnnxGraph *onnx = &exporter->onnx;
    Pixels pixels = { .onnx = onnx, .dimension = shape_last(&node->inputs[0]->shape) };
    pixels.u = exporter_input(exporter, node, 0);
    pixels.length = over_channels(onnx, "ReduceL2", pixels.u);
    pixels.t = times(onnx, pixels.length, 2 * sqrt(c));
    pixels.decay = onnx_unary(onnx, "Exp", times(onnx, pixels.t, -2));
    pixels.cosh = times(onnx, plus(onnx, pixels.decay, 1), (real)0.5);
    pixels.tanh = onnx_unary(onnx, "Tanh", pixels.t);
    return pixels;
}

/* s~ of all classes, [N,classes,h,w], by the plain sum. */
static OnnxValue plain_sinh(Exporter *exporter, const Pixels *pixels, const Hyperplane *planes,
                            const real *directions, int64_t classes) {
    OnnxGraph *onnx = pixels->onnx;
    real offsets[classes];
    for (int64_t k = 0; k < classes; k++) offsets[k] = planes[k].offset;
    const OnnxValue near = at_least(onnx, pixels->t, TINY);
    const OnnxValue ratio = onnx_binary(onnx, "Div", onnx_unary(onnx, "Tanh", near), near);
    const OnnxValue along = products(pixels, "directions", directions, classes);
    const OnnxValue offset = exporter_per_channel(exporter, "offsets", offsets, classes, 4);
    const OnnxValue apart =
        onnx_binary(onnx, "Sub", onnx_binary(onnx, "Mul", ratio, along), offset);
    return onnx_binary(onnx, "Mul", apart, pixels->cosh);
}

/* o = (u across p)/|u|, and 1 - cos(phi), phi the angle between u and p. */
typedef struct Angle {
    OnnxValue across, versine;
} Angle;

static Angle angle_to(Exporter *exporter, const Pixels *pixels, const Hyperplane *plane,
                      const real *p) {
    OnnxGraph *onnx = pixels->onnx;
    const int64_t n = pixels->dimension;
    real over_square[n];
    for (int64_t i = 0; i < n; i++)
        over_square[i] = p[i] / plane->point_length / plane->point_length;
    const OnnxValue along = products(pixels, "point", over_square, 1);
    const OnnxValue shadow =
        onnx_binary(onnx, "Mul", along, exporter_per_channel(exporter, "point", p, n, 4));
    const OnnxValue length = at_least(onnx, pixels->length, TINY);
    Angle angle;
    angle.across = onnx_binary(onnx, "Div", onnx_binary(onnx, "Sub", pixels->u, shadow), length);
    const OnnxValue square = at_most(onnx, over_channels(onnx, "ReduceSumSquare", angle.across), 1);
    const OnnxValue cosine =
        onnx_binary(onnx, "Div", times(onnx, along, plane->point_length), length);
    const OnnxValue root =
        onnx_unary(onnx, "Sqrt", onnx_binary(onnx, "Sub", onnx_number(onnx, 1), square));
    const OnnxValue near = onnx_binary(onnx, "Div", square, plus(onnx, root, 1));
    const OnnxValue far = onnx_binary(onnx, "Sub", onnx_number(onnx, 1), cosine);
    const OnnxValue is_near = onnx_binary(onnx, "Greater", cosine, onnx_number(onnx, 0.75f));
    angle.versine = onnx_where(onnx, is_near, near, far);
    return angle;
}

/* s~ of one class by the form that splits u along and across its point, [N,1,h,w]. */
static OnnxValue ray_sinh(Exporter *exporter, const Pixels *pixels, const Hyperplane *plane,
                          const real *p, const real *unit_normal, real c) {
    OnnxGraph *onnx = pixels->onnx;
    const real radius = sqrt(c) * plane->point_length, outer = (1 + radius) * (1 + radius);
    const real cosh_point = (1 + radius * radius) / plane->gap;
    const Angle angle = angle_to(exporter, pixels, plane, p);
    const OnnxValue sinh = onnx_binary(onnx, "Mul", pixels->tanh, pixels->cosh);
    const OnnxValue rising = times(onnx, pixels->decay, outer / plane->gap);
    const OnnxValue falling = onnx_number(onnx, (float)(plane->gap / outer));
    const OnnxValue apart = times(onnx, onnx_binary(onnx, "Sub", falling, rising), (real)0.5);
    const OnnxValue tilt = times(onnx, onnx_binary(onnx, "Mul", angle.versine, sinh), cosh_point);
    const OnnxValue of_normal =
        times(onnx, onnx_binary(onnx, "Sub", apart, tilt), plane->height / plane->point_length);
    Pixels across = *pixels;
    across.u = angle.across;
    const OnnxValue sideways =
        onnx_binary(onnx, "Mul", sinh, products(&across, "normal", unit_normal, 1));
    return onnx_binary(onnx, "Add", sideways, of_normal);
}

/* The plain sum, except for the classes for which it is not accurate enough. */
static OnnxValue scaled_sinh(Exporter *exporter, const Pixels *pixels, const Hyperplane *planes,
                             const real *points, const real *normals, const real *directions,
                             int64_t classes, real c) {
    const OnnxValue plain = plain_sinh(exporter, pixels, planes, directions, classes);
    OnnxValue *each = memory_new((size_t)classes, sizeof *each);
    const OnnxAttribute axis = onnx_integer("axis", 1);
    const int64_t n = pixels->dimension;
    bool rays = false;
    for (int64_t k = 0; k < classes; k++) rays |= planes[k].ray_limit > 0;
    if (rays) onnx_node_outputs(pixels->onnx, "Split", 1, &plain, 1, &axis, (int)classes, each);
    for (int64_t k = 0; k < classes; k++)
        if (planes[k].ray_limit > 0)
            each[k] = ray_sinh(exporter, pixels, &planes[k], points + k * n, normals + k * n, c);
    const OnnxValue sinh = rays ? onnx_concat(pixels->onnx, (int)classes, each, 1) : plain;
    free(each);
    return sinh;
}

/* asinh(s~ e^t). */
static OnnxValue asinh_of(const Pixels *pixels, OnnxValue scaled) {
    OnnxGraph *onnx = pixels->onnx;
    const OnnxValue growth = onnx_unary(onnx, "Exp", at_most(onnx, pixels->t, GROWTH_END));
    const OnnxValue s = onnx_binary(onnx, "Mul", scaled, growth);
    const OnnxValue size = onnx_unary(onnx, "Abs", scaled);
    const OnnxValue logarithm = onnx_unary(onnx, "Log", at_least(onnx, size, TINIER));
    const OnnxValue far = onnx_binary(
        onnx, "Mul", onnx_unary(onnx, "Sign", scaled),
        plus(onnx, onnx_binary(onnx, "Add", pixels->t, logarithm), (real)0.693147180559945309417));
    const OnnxValue is_near =
        onnx_binary(onnx, "Less", onnx_unary(onnx, "Abs", s), onnx_number(onnx, FAR));
    return onnx_where(onnx, is_near, onnx_unary(onnx, "Asinh", s), far);
}

static OnnxValue logits_of(Exporter *exporter, const Node *node, const real *points,
                           const real *normals) {
    const int64_t n = shape_last(&node->inputs[0]->shape), classes = shape_last(&node->shape);
    const real c = ball_curvature(node);
    real *units = memory_new((size_t)(2 * classes * n), sizeof *units);
    real *directions = units + classes * n, weights[classes];
    Hyperplane planes[classes];
    for (int64_t k = 0; k < classes; k++) {
        planes[k] = hyperplane_prepare(points + k * n, normals + k * n, n, c, true, units + k * n,
                                       directions + k * n);
        weights[k] = planes[k].weight;
    }
    const Pixels pixels = prepare_pixels(exporter, node, c);
    const OnnxValue scaled =
        scaled_sinh(exporter, &pixels, planes, points, units, directions, classes, c);
    free(units);
    return onnx_binary(&exporter->onnx, "Mul", asinh_of(&pixels, scaled),
                       exporter_per_channel(exporter, "weights", weights, classes, 4));
}

bool export_hyperplane_logits(Exporter *exporter, const Node *node, Error *error) {
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,D] has an ONNX form");
    real *points = exporter_constant(exporter, node->inputs[1], error);
    real *normals = points ? exporter_constant(exporter, node->inputs[2], error) : NULL;
    if (normals) exporter_set(exporter, node, logits_of(exporter, node, points, normals));
    const bool good = normals != NULL;
    free(points), free(normals);
    return good;
}

/* A convolution of 1x1 with the layer's weights and biases. */
static bool euclidean_conv(Exporter *exporter, const Node *node, const real *points,
                           const real *normals, Error *error) {
    const int64_t n = shape_last(&node->inputs[0]->shape), classes = shape_last(&node->shape);
    const int64_t size[] = { classes, n, 1, 1 };
    real *weights = memory_new((size_t)(classes * n), sizeof *weights);
    real *biases = memory_new((size_t)classes, sizeof *biases);
    for (int64_t k = 0; k < classes; k++)
        biases[k] = euclidean_layer(points + k * n, normals + k * n, n, weights + k * n);
    OnnxValue in[3] = { exporter_input(exporter, node, 0) };
    bool good = exporter_floats(exporter, "planes", weights, 4, size, &in[1], error);
    good = exporter_floats(exporter, "offsets", biases, 1, &classes, &in[2], error) && good;
    return good && exporter_set(exporter, node, onnx_node(&exporter->onnx, "Conv", 3, in, 0, NULL));
}

bool export_euclidean_logits(Exporter *exporter, const Node *node, Error *error) {
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,D] has an ONNX form");
    real *points = exporter_constant(exporter, node->inputs[1], error);
    real *normals = points ? exporter_constant(exporter, node->inputs[2], error) : NULL;
    const bool good = normals && euclidean_conv(exporter, node, points, normals, error);
    free(points), free(normals);
    return good;
}
