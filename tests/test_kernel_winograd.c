/* Winograd's form of a convolution against the definition, summed in double. */
#include "tensor/kernels/winograd.h"
#include "tests/conv2d_case.h"
#include "tests/test.h"

#include "tensor/device.h"
#include "tensor/kernels/gemm.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/random.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Of the largest sum of |terms|. The most that any case here was seen to need was 7.5. */
enum { ROUNDINGS = 10 };

static void check_error(const Array *a, const char *what) {
    const double error = array_error(a);
    if (!(error <= ROUNDINGS))
        test_fail(__FILE__, __LINE__, "%s is off by %g roundings", what, error);
}

static void check_forward(const Conv2dShape *s, bool biased) {
    Case c = case_create(s);
    array_begin(&c.y, false);
    for (int64_t i = 0; biased && i < c.y.count; i++) add_term(&c.y, i, c.bias.data[i % s->out]);
    sum_products(&c, &c.y);
    winograd_forward(s, c.x.data, c.weight.data, biased ? c.bias.data : NULL, NULL, c.y.data);
    check_error(&c.y, "y");
    case_release(&c);
}

static void check_backward(const Conv2dShape *s, bool accumulate) {
    Case c = case_create(s);
    array_begin(&c.x, accumulate);
    sum_products(&c, &c.x);
    winograd_backward_data(s, c.y.data, c.weight.data, c.x.data, accumulate);
    check_error(&c.x, "dx");
    case_release(&c);

    c = case_create(s);
    array_begin(&c.weight, accumulate);
    sum_products(&c, &c.weight);
    winograd_backward_weight(s, c.x.data, c.y.data, c.weight.data, accumulate);
    check_error(&c.weight, "dweight");
    case_release(&c);
}

static void begin_case(const Conv2dShape *s) {
    test_case("winograd [%d,%d,%d,%d] to %d, padding %d", (int)s->batch, (int)s->height,
              (int)s->width, (int)s->in, (int)s->out, (int)s->padding);
    CHECK(winograd_can(s));
}

static void check_shape(const Conv2dShape *s) {
    begin_case(s);
    for (int option = 0; option < 2; option++) {
        check_forward(s, option);
        check_backward(s, option);
    }
}

static Conv2dShape shape_of(int64_t batch, int64_t height, int64_t width, int64_t in, int64_t out,
                            int64_t padding) {
    return (Conv2dShape){ batch, height, width, in, out, 3, 3, 1, padding, 1 };
}

/* Every size of image around one to three tiles, with every padding. */
TEST(kernel_winograd_sizes) {
    for (int64_t height = 1; height <= 13; height++)
        for (int64_t padding = 0; padding <= 2; padding++) {
            const Conv2dShape s = shape_of(2, height, 14 - height, 5, 6, padding);
            if (conv2d_out_height(&s) > 0 && conv2d_out_width(&s) > 0) check_shape(&s);
        }
}

TEST(kernel_winograd_random_shapes) {
    static const int64_t channels[] = { 1, 4, 15, 16, 17, 32, 33, 36, 48, 65, 80 };
    enum { CHOICES = sizeof channels / sizeof *channels };
    Random random = random_stream(12, 0, 0, 0);
    for (int i = 0; i < 60; i++) {
        const int64_t padding = (int64_t)random_below(&random, 3);
        const int64_t least = 3 - 2 * padding < 1 ? 1 : 3 - 2 * padding;
        const Conv2dShape s = shape_of(
            1 + (int64_t)random_below(&random, 3), least + (int64_t)random_below(&random, 11),
            least + (int64_t)random_below(&random, 11), channels[random_below(&random, CHOICES)],
            channels[random_below(&random, CHOICES)], padding);
        check_shape(&s);
    }
}

/* Up to more tiles than winograd_few.c takes, with every rest of channels and blocks of them. */
TEST(kernel_winograd_few_tiles) {
    static const int64_t in[] = { 1, 15, 16, 17, 63, 64, 65, 130 }, out[] = { 1, 15, 33, 64, 70 };
    enum { IN = sizeof in / sizeof *in, OUT = sizeof out / sizeof *out };
    for (int i = 0; i < IN * OUT; i++) {
        const Conv2dShape s =
            shape_of(1 + i % 2, 3 + i % 3, 1 + i % 19, in[i / OUT], out[i % OUT], 1);
        begin_case(&s);
        check_forward(&s, i % 3 == 0);
    }
}

/* Their filters are packed as they are and never transformed in memory, which would be 4 times as
 * much; 24 of 32 registers hold sums. */
TEST(kernel_winograd_work_of_few_tiles) {
    if (GEMM_ROWS < 12) return;
    const Conv2dShape s = shape_of(1, 8, 8, 128, 64, 1);
    Case c = case_create(&s);
    const KernelWork before = kernel_work();
    winograd_forward(&s, c.x.data, c.weight.data, NULL, NULL, c.y.data);
    const KernelWork after = kernel_work();
    CHECK(after.multiply_adds - before.multiply_adds == 4 * 36 * 128 * 64);
    CHECK(after.packed - before.packed == 4 * 36 * 128 + 9 * 128 * 64);
    case_release(&c);
}

/* Several blocks of depth; filters that are shared among many groups of tiles; rounds of tiles in
 * the gradient of the filters. */
TEST(kernel_winograd_blocks) {
    const Conv2dShape deep = shape_of(1, 5, 20, 530, 20, 1), wide = shape_of(1, 6, 5, 20, 530, 1);
    const Conv2dShape large = shape_of(2, 50, 58, 17, 40, 1);
    check_shape(&deep);
    check_shape(&wide);
    check_shape(&large);
}

/* Rounds of tiles with large filters, too many products for the definition: the direct form. */
TEST(kernel_winograd_rounds) {
    const Conv2dShape s = shape_of(1, 65, 64, 300, 308, 1);
    begin_case(&s);
    Case c = case_create(&s), direct = case_create(&s);
    device_cpu()->round_products(false);
    conv2d_forward(&s, direct.x.data, direct.weight.data, NULL, direct.y.data);
    conv2d_backward_data(&s, c.y.data, c.weight.data, direct.x.data, false);
    conv2d_backward_weight(&s, c.x.data, c.y.data, direct.weight.data, false);
    device_cpu()->round_products(true);
    Case w = case_create(&s);
    winograd_forward(&s, c.x.data, c.weight.data, NULL, NULL, w.y.data);
    winograd_backward_data(&s, c.y.data, c.weight.data, w.x.data, false);
    winograd_backward_weight(&s, c.x.data, c.y.data, w.weight.data, false);
    const Array *results[][2] = { { &w.y, &direct.y },
                                  { &w.x, &direct.x },
                                  { &w.weight, &direct.weight } };
    const double terms[] = { 9 * 300, 9 * 308, 65 * 64 };
    for (int i = 0; i < 3; i++) {
        double worst = 0;
        for (int64_t at = 0; at < results[i][0]->count; at++)
            worst =
                test_worse(worst, fabs((double)results[i][0]->data[at] - results[i][1]->data[at]));
        CHECK(worst <= ROUNDINGS * REAL_EPSILON * terms[i] / 4); /* E |x w| is 1/4 */
    }
    case_release(&w);
    case_release(&direct);
    case_release(&c);
}

/* Panels of tiles, strips of filters in one and in several blocks of depth, few tiles. */
TEST(kernel_winograd_epilogue) {
    const Conv2dShape shapes[] = { shape_of(1, 40, 41, 19, 40, 1), shape_of(1, 17, 16, 30, 310, 1),
                                   shape_of(2, 9, 8, 300, 310, 2), shape_of(1, 8, 7, 130, 40, 1) };
    for (int i = 0; i < 4; i++) {
        begin_case(&shapes[i]);
        check_epilogue(&shapes[i], winograd_forward);
    }
}

static double inner_product(const real *a, const real *b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)a[i] * b[i];
    return sum;
}

/* <dy, conv(x, w)> = <dx, x> = <dw, w>: the three passes are one trilinear form. */
TEST(kernel_winograd_adjoints) {
    const Conv2dShape shapes[] = { shape_of(2, 9, 7, 20, 33, 1), shape_of(1, 6, 11, 16, 16, 0),
                                   shape_of(3, 5, 5, 5, 70, 2) };
    for (int i = 0; i < 3; i++) {
        begin_case(&shapes[i]);
        Case c = case_create(&shapes[i]), r = case_create(&shapes[i]);
        winograd_forward(&shapes[i], c.x.data, c.weight.data, NULL, NULL, r.y.data);
        winograd_backward_data(&shapes[i], c.y.data, c.weight.data, r.x.data, false);
        winograd_backward_weight(&shapes[i], c.x.data, c.y.data, r.weight.data, false);
        const double y = inner_product(c.y.data, r.y.data, c.y.count);
        const double size =
            sqrt((double)c.y.count) * sqrt(inner_product(r.y.data, r.y.data, r.y.count));
        CHECK(fabs(inner_product(c.x.data, r.x.data, c.x.count) - y) <= 4 * REAL_EPSILON * size);
        CHECK(fabs(inner_product(c.weight.data, r.weight.data, c.weight.count) - y) <=
              4 * REAL_EPSILON * size);
        case_release(&c);
        case_release(&r);
    }
}

/* What is not a number reaches at least the outputs whose windows hold it, and none beyond the
 * tiles that see it. */
TEST(kernel_winograd_nan_spreads) {
    const real bad[] = { (real)NAN, (real)INFINITY };
    for (int i = 0; i < 2; i++) {
        const Conv2dShape s = shape_of(1, 16, 15, 20, 20, 1);
        Case c = case_create(&s);
        c.x.data[(4 * 15 + 9) * 20 + 2] = bad[i]; /* pixel (4, 9) */
        winograd_forward(&s, c.x.data, c.weight.data, c.bias.data, NULL, c.y.data);
        for (int64_t at = 0; at < c.y.count; at++) {
            const int64_t x = at / 20 % 15, y = at / 300;
            const bool near = y >= 3 && y <= 5 && x >= 8 && x <= 10;
            const bool seen = y < 8 && x >= 8 && x < 12;
            if (near) CHECK(!isfinite(c.y.data[at]));
            if (!seen) CHECK(isfinite(c.y.data[at]));
        }
        winograd_backward_weight(&s, c.x.data, c.y.data, c.weight.data, false);
        for (int64_t at = 0; at < c.weight.count; at++)
            if (at % 20 == 2) CHECK(!isfinite(c.weight.data[at]));
        case_release(&c);
    }
}

/* All three results of one shape, end to end. */
static real *run_all(const Conv2dShape *s, int64_t *count) {
    Case c = case_create(s);
    winograd_backward_data(s, c.y.data, c.weight.data, c.x.data, true);
    winograd_backward_weight(s, c.x.data, c.y.data, c.weight.data, true);
    winograd_forward(s, c.x.data, c.weight.data, c.bias.data, NULL, c.y.data);
    const Array *arrays[] = { &c.x, &c.weight, &c.y };
    *count = c.x.count + c.weight.count + c.y.count;
    real *all = malloc((size_t)*count * sizeof *all), *to = all;
    for (int i = 0; i < 3; i++) {
        memcpy(to, arrays[i]->data, (size_t)arrays[i]->count * sizeof *to);
        to += arrays[i]->count;
    }
    case_release(&c);
    return all;
}

TEST(kernel_winograd_same_bits) {
    const Conv2dShape shapes[] = { shape_of(2, 41, 37, 19, 21, 1), shape_of(1, 70, 61, 40, 33, 0),
                                   shape_of(2, 9, 8, 300, 310, 1), shape_of(1, 3, 3, 64, 64, 2) };
    const int usual = omp_get_max_threads();
    static const int threads[] = { 2, 3, 5 };
    for (int i = 0; i < 4; i++) {
        int64_t count;
        omp_set_num_threads(1);
        real *first = run_all(&shapes[i], &count);
        for (int t = 0; t < 3; t++) {
            omp_set_num_threads(threads[t]);
            real *again = run_all(&shapes[i], &count);
            CHECK(!memcmp(first, again, (size_t)count * sizeof *first));
            free(again);
        }
        free(first);
    }
    omp_set_num_threads(usual);
}

TEST(kernel_winograd_is_chosen_where_it_pays) {
    const Conv2dShape layer = shape_of(8, 32, 32, 256, 256, 1);
    for (int pass = WINOGRAD_FORWARD; pass <= WINOGRAD_BACKWARD_WEIGHT; pass++) {
        CHECK(winograd_should(&layer, pass));
        CHECK(winograd_multiply_adds(&layer, pass) == 36LL * 8 * 8 * 8 * 256 * 256);
        CHECK(4 * winograd_multiply_adds(&layer, pass) == conv2d_multiply_adds(&layer));
    }
    device_cpu()->round_products(false);
    CHECK(!winograd_should(&layer, WINOGRAD_FORWARD));
    device_cpu()->round_products(true);
    const Conv2dShape pixel = shape_of(1, 1, 1, 512, 512, 1), few = shape_of(8, 64, 64, 2, 8, 1);
    CHECK(!winograd_should(&pixel, WINOGRAD_FORWARD) && !winograd_should(&few, WINOGRAD_FORWARD));
    const Conv2dShape data = shape_of(1, 9, 6, 5, 7, 0); /* dx has more tiles than y */
    CHECK(winograd_multiply_adds(&data, WINOGRAD_FORWARD) == 36 * 2 * 1 * 5 * 7);
    CHECK(winograd_multiply_adds(&data, WINOGRAD_BACKWARD_DATA) == 36 * 3 * 2 * 5 * 7);
    Conv2dShape other = layer;
    other.stride = 2;
    CHECK(!winograd_can(&other));
    other = layer;
    other.groups = 2;
    CHECK(!winograd_can(&other));
    other = layer;
    other.padding = 3;
    CHECK(!winograd_can(&other));
    other = layer;
    other.kernel_height = other.kernel_width = 1;
    CHECK(!winograd_can(&other));
    other = layer;
    other.batch = 0;
    CHECK(!winograd_can(&other));
}
