/* conv.c - every distinct convolution of the networks: forward, the gradient of the image ("data")
 * and that of the filters ("weight"); then for each network the sum over all its layers. */
#include "bench/conv_layers.h"
#include "bench/fill.h"

#include <stdio.h>
#include <stdlib.h>

typedef enum Pass { PASS_FORWARD, PASS_DATA, PASS_WEIGHT, PASSES } Pass;

static const char *const pass_names[PASSES] = { "forward", "data", "weight" };

typedef struct Convolution {
    Conv2dShape shape;
    Pass pass;
    int64_t x_count, y_count, weight_count;
    real *x, *y, *weight; /* the values, or their gradients */
} Convolution;

static Convolution convolution_create(const Conv2dShape *s) {
    Convolution c = { .shape = *s };
    c.x_count = s->batch * s->height * s->width * s->in;
    c.y_count = s->batch * conv2d_out_height(s) * conv2d_out_width(s) * s->out;
    c.weight_count = s->out * s->kernel_height * s->kernel_width * s->in / s->groups;
    return c;
}

/* Allocate a row's arrays at its first use. */
static void convolution_allocate(Convolution *c) {
    if (c->x) return;
    c->x = filled_reals(c->x_count);
    c->y = filled_reals(c->y_count);
    c->weight = filled_reals(c->weight_count);
}

static void convolution_destroy(Convolution *c) {
    free(c->x);
    free(c->y);
    free(c->weight);
}

static bool run(void *context, Error *error) {
    const Convolution *c = context;
    (void)error;
    switch (c->pass) {
    case PASS_FORWARD:
        conv2d_forward(&c->shape, c->x, c->weight, NULL, c->y);
        break;
    case PASS_DATA:
        conv2d_backward_data(&c->shape, c->y, c->weight, c->x, false);
        break;
    default:
        conv2d_backward_weight(&c->shape, c->x, c->y, c->weight, false);
    }
    return true;
}

static void name_layer(char *name, size_t size, const char *network, const Conv2dShape *s,
                       const char *pass) {
    char stride[8] = "";
    if (s->stride > 1) snprintf(stride, sizeof stride, "/%d", (int)s->stride);
    snprintf(name, size, "%s %lldx%lld %lld>%lld %lldx%lld%s%s %s", network, (long long)s->height,
             (long long)s->width, (long long)s->in, (long long)s->out, (long long)s->kernel_height,
             (long long)s->kernel_width, stride, conv2d_is_depthwise(s) ? " depthwise" : "", pass);
}

/* Add the time that a network spends in all layers like this one. */
static void add_to_total(Row *total, const Row *row) {
    total->seconds += row->layers * row->seconds;
    total->multiply_adds += row->layers * row->multiply_adds;
    total->layers += row->layers;
    total->repeats =
        total->repeats == 0 || row->repeats < total->repeats ? row->repeats : total->repeats;
    total->threads = row->threads;
}

/* The image of a network's first layer gets no gradient, so that is not measured. Each array is
 * moved once, which matters in depthwise layers. */
static void measure_layer(Bench *bench, const ConvLayers *layers, int i, Row totals[PASSES]) {
    Convolution c = convolution_create(&layers->shape[i]);
    for (int pass = 0; pass < PASSES; pass++) {
        if (pass == PASS_DATA && c.shape.in == 3) continue;
        c.pass = (Pass)pass;
        Row row = { .layers = layers->layers[i],
                    .multiply_adds = (double)conv2d_multiply_adds(&c.shape),
                    .bytes =
                        (double)sizeof(real) * (double)(c.x_count + c.y_count + c.weight_count) };
        name_layer(row.name, sizeof row.name, layers->network, &c.shape, pass_names[pass]);
        if (!bench_wants(bench, row.name)) continue;
        convolution_allocate(&c);
        if (bench_measure(bench, &row, run, &c)) add_to_total(&totals[pass], &row);
    }
    convolution_destroy(&c);
}

static void measure_network(Bench *bench, const ConvLayers *layers) {
    Row totals[PASSES] = { { .name = "" } };
    for (int i = 0; i < layers->count; i++) measure_layer(bench, layers, i, totals);
    for (int pass = 0; pass < PASSES; pass++) {
        if (totals[pass].layers == 0) continue;
        snprintf(totals[pass].name, sizeof totals[pass].name, "%s sum of these layers %s",
                 layers->network, pass_names[pass]);
        bench_report(bench, totals[pass]);
    }
}

/* Rows are named height x width of the image, channels in > out, kernel / stride. */
void bench_conv(Bench *bench) {
    ConvLayers *both = conv_layers_of_both(bench);
    for (int i = 0; both && i < 2; i++) measure_network(bench, &both[i]);
    free(both);
}
