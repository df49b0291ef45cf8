/* ladder.c - checks every rung of both ladders against the naive one, then measures it. */
#include "bench/ladder.h"

#include "bench/bench.h"
#include "bench/fill.h"

#include <stdio.h>
#include <stdlib.h>

enum { GEMM_SIZE = 1024 };

static const Conv2dShape conv_shape = { 2, 64, 64, 64, 64, 3, 3, 1, 1, 1 };

typedef struct Climb {
    const GemmRung *gemm;
    const ConvRung *conv; /* one of the two */
    real *a, *b, *result, *expected;
    int64_t count; /* of results */
} Climb;

static void compute(const Climb *climb, real *result) {
    if (climb->gemm)
        climb->gemm->run(GEMM_SIZE, climb->a, climb->b, result);
    else
        climb->conv->run(&conv_shape, climb->a, climb->b, result);
}

static bool run(void *context, Error *error) {
    (void)error;
    compute(context, ((Climb *)context)->result);
    return true;
}

/* The tolerance of a sum of `depth` numbers below 1 in another order: partial sums are about
 * sqrt(depth) large. */
static bool agrees(const Climb *climb, int64_t depth) {
    const real allowed = (real)depth * sqrt((real)depth) * REAL_EPSILON;
    for (int64_t i = 0; i < climb->count; i++)
        if (!(fabs(climb->result[i] - climb->expected[i]) <= allowed)) return false;
    return true;
}

static void climb_rung(Bench *bench, Climb *climb, const char *ladder, const char *rung,
                       int64_t depth) {
    Row row = { .multiply_adds = (double)climb->count * (double)depth };
    Error error = { "" };
    snprintf(row.name, sizeof row.name, "%s %s", ladder, rung);
    if (!bench_wants(bench, row.name)) return;
    compute(climb, climb->result);
    if (!agrees(climb, depth)) {
        error_set(&error, "the rung '%s' does not compute what the naive one does", row.name);
        bench_fail(bench, &error);
    }
    bench_measure(bench, &row, run, climb);
}

static Climb climb_create(int64_t a, int64_t b, int64_t count) {
    return (Climb){ .a = filled_reals(a),
                    .b = filled_reals(b),
                    .result = filled_reals(count),
                    .expected = filled_reals(count),
                    .count = count };
}

static void climb_destroy(const Climb *climb) {
    free(climb->a);
    free(climb->b);
    free(climb->result);
    free(climb->expected);
}

static void climb_gemm(Bench *bench) {
    const int64_t n = GEMM_SIZE;
    Climb climb = climb_create(n * n, n * n, n * n);
    climb.gemm = gemm_ladder;
    compute(&climb, climb.expected);
    for (; climb.gemm->name; climb.gemm++)
        climb_rung(bench, &climb, "product 1024:", climb.gemm->name, n);
    climb_destroy(&climb);
}

static void climb_conv(Bench *bench) {
    const Conv2dShape *s = &conv_shape;
    const int64_t pixels = s->batch * s->height * s->width, depth = 9 * s->in;
    Climb climb = climb_create(pixels * s->in, s->out * depth, pixels * s->out);
    climb.conv = conv_ladder;
    compute(&climb, climb.expected);
    for (; climb.conv->name; climb.conv++)
        climb_rung(bench, &climb, "3x3 convolution:", climb.conv->name, depth);
    climb_destroy(&climb);
}

void bench_ladder(Bench *bench) {
    climb_gemm(bench);
    climb_conv(bench);
}
