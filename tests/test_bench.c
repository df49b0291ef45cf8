/* hadnet_bench: its ladders compute the right values, and its report is JSON. */
#include "bench/fill.h"
#include "bench/ladder.h"
#include "bench/report.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static double largest_difference(const real *a, const real *b, int64_t count) {
    double worst = 0;
    for (int64_t i = 0; i < count; i++)
        worst = test_worse(worst, fabs((double)a[i] - (double)b[i]));
    return worst;
}

TEST(bench_gemm_ladder_agrees) {
    enum { N = 128, COUNT = N * N };
    static _Alignas(64) real a[COUNT], b[COUNT], expected[COUNT], found[COUNT];
    fill_reals(a, COUNT, -1, 1);
    fill_reals(b, COUNT, 0, 1);
    gemm_ladder[0].run(N, a, b, expected);
    for (const GemmRung *rung = gemm_ladder; rung->name; rung++) {
        test_case("%s", rung->name);
        memset(found, 0xff, sizeof found);
        rung->run(N, a, b, found);
        CHECK(largest_difference(found, expected, COUNT) <= 1000 * REAL_EPSILON);
    }
}

TEST(bench_conv_ladder_agrees) {
    enum { IN = 5, OUT = 7, PIXELS = 2 * 6 * 9, WEIGHTS = OUT * 9 * IN };
    const Conv2dShape shape = { 2, 6, 9, IN, OUT, 3, 3, 1, 1, 1 };
    real x[PIXELS * IN], weight[WEIGHTS], expected[PIXELS * OUT], found[PIXELS * OUT];
    fill_reals(x, PIXELS * IN, -1, 1);
    fill_reals(weight, WEIGHTS, -1, 1);
    conv_ladder[0].run(&shape, x, weight, expected);
    for (const ConvRung *rung = conv_ladder; rung->name; rung++) {
        test_case("%s", rung->name);
        memset(found, 0xff, sizeof found);
        rung->run(&shape, x, weight, found);
        CHECK(largest_difference(found, expected, PIXELS * OUT) <= 1000 * REAL_EPSILON);
    }
}

TEST(bench_reports_json) {
    Row rows[] = { { .name = "a \"quoted\" name",
                     .section = "conv",
                     .threads = 2,
                     .seconds = 0.5,
                     .repeats = 3,
                     .multiply_adds = 1e9,
                     .bytes = 1e6,
                     .images = 8,
                     .layers = 3,
                     .peak_memory = 1e9,
                     .ratio = 1.5,
                     .ratio_to = "of it" },
                   { .name = "plain", .section = "pool", .threads = 1, .seconds = 1e-6 } };
    const Peaks peaks = { 1e12, { 1e11, 1e11, 1e11 }, { 2e11, 2e11, 2e11 } };
    const Bench bench = { .threads = 2, .one = peaks, .all = peaks, .rows = rows, .count = 2 };
    JsonText text = { 0 };
    Error error = { "" };
    report_json(&bench, &text);
    JsonReader reader = json_reader(text.bytes, text.length, &error);
    json_skip(&reader);
    CHECK(json_finish(&reader));
    CHECK(strstr(text.bytes, "\"gflops\": 4.000"));
    free(text.bytes);
}

TEST(bench_fraction_is_of_the_slower_part) {
    const Peaks peaks = { 1e12, { 1e11, 5e10, 5e10 }, { 1e11, 5e10, 5e10 } };
    const Bench bench = { .threads = 2, .all = peaks };
    CHECK_NEAR(bench_fraction(&bench, &(Row){ .threads = 2, .seconds = 2, .multiply_adds = 1e12 }),
               0.5, 1e-12);
    CHECK_NEAR(
        bench_fraction(&bench,
                       &(Row){ .threads = 2, .seconds = 4, .multiply_adds = 1e12, .bytes = 2e11 }),
        0.5, 1e-12);
    const Bench single = { .threads = 1, .all = peaks };
    CHECK_NEAR(bench_fraction(&single, &(Row){ .threads = 1, .seconds = 2, .multiply_adds = 1e12 }),
               0.5, 1e-12);
}
