/* Convolution and its gradients against the definition, summed in double. */
#include "tests/conv2d_case.h"
#include "tests/test.h"

#include "tensor/device.h"
#include "tensor/random.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

static void check_forward(const Conv2dShape *s, bool biased) {
    Case c = case_create(s);
    array_begin(&c.y, false);
    for (int64_t i = 0; biased && i < c.y.count; i++) add_term(&c.y, i, c.bias.data[i % s->out]);
    sum_products(&c, &c.y);
    conv2d_forward(s, c.x.data, c.weight.data, biased ? c.bias.data : NULL, c.y.data);
    array_check(&c.y, "y", 20);
    case_release(&c);
}

static void check_backward(const Conv2dShape *s, bool accumulate) {
    Case c = case_create(s);
    array_begin(&c.x, accumulate);
    sum_products(&c, &c.x);
    conv2d_backward_data(s, c.y.data, c.weight.data, c.x.data, accumulate);
    array_check(&c.x, "dx", 20);
    case_release(&c);

    c = case_create(s);
    array_begin(&c.weight, accumulate);
    sum_products(&c, &c.weight);
    conv2d_backward_weight(s, c.x.data, c.y.data, c.weight.data, accumulate);
    array_check(&c.weight, "dweight", 20);
    array_begin(&c.bias, accumulate);
    for (int64_t i = 0; i < c.y.count; i++) add_term(&c.bias, i % s->out, c.y.data[i]);
    conv2d_backward_bias(s, c.y.data, c.bias.data, accumulate);
    array_check(&c.bias, "dbias", 20);
    case_release(&c);
}

/* The direct form, whose roundings are bounded element by element; test_kernel_winograd.c has the
 * other. */
static void check_shape(const Conv2dShape *s) {
    device_cpu()->round_products(false);
    test_case("conv2d [%d,%d,%d,%d] to %d, kernel %dx%d, stride %d, padding %d, groups %d",
              (int)s->batch, (int)s->height, (int)s->width, (int)s->in, (int)s->out,
              (int)s->kernel_height, (int)s->kernel_width, (int)s->stride, (int)s->padding,
              (int)s->groups);
    for (int option = 0; option < 2; option++) {
        check_forward(s, option);
        check_backward(s, option);
    }
    device_cpu()->round_products(true);
}

TEST(kernel_conv2d_shapes) {
    static const Conv2dShape shapes[] = {
        /* batch, height, width, in, out, kernel, kernel, stride, padding, groups */
        { 1, 1, 1, 1, 1, 1, 1, 1, 0, 1 },    { 2, 5, 7, 3, 4, 3, 3, 1, 1, 1 },
        { 1, 16, 16, 3, 16, 3, 3, 2, 1, 1 }, { 2, 11, 9, 3, 17, 7, 7, 2, 3, 1 },
        { 1, 7, 5, 33, 35, 3, 3, 1, 1, 1 },  { 1, 6, 8, 48, 31, 3, 3, 2, 1, 1 },
        { 2, 9, 8, 17, 19, 1, 1, 1, 0, 1 },  { 2, 9, 8, 17, 19, 1, 1, 2, 0, 1 },
        { 1, 10, 11, 5, 6, 2, 2, 2, 0, 1 },  { 1, 10, 11, 5, 6, 2, 3, 3, 1, 1 },
        { 1, 4, 4, 2, 3, 5, 5, 1, 2, 1 },    { 1, 2, 3, 2, 3, 5, 5, 1, 4, 1 },
        { 1, 9, 9, 2, 3, 1, 5, 4, 2, 1 },    { 1, 3, 3, 4, 5, 3, 3, 5, 4, 1 },
        { 2, 7, 6, 6, 9, 3, 3, 1, 1, 3 },    { 1, 8, 9, 32, 48, 3, 3, 2, 1, 2 },
        { 1, 8, 9, 6, 12, 3, 3, 1, 1, 6 },   { 2, 8, 7, 8, 4, 1, 1, 1, 0, 4 },
        { 2, 7, 6, 5, 5, 3, 3, 1, 1, 5 },    { 1, 8, 9, 35, 35, 3, 3, 2, 1, 35 },
        { 1, 9, 8, 70, 70, 5, 3, 3, 2, 70 }, { 1, 3, 3, 130, 130, 3, 3, 1, 1, 130 },
        { 1, 2, 2, 7, 7, 5, 5, 1, 4, 7 },    { 1, 6, 6, 7, 7, 1, 1, 2, 0, 7 },
        { 1, 3, 3, 3, 3, 3, 3, 5, 4, 3 },    { 1, 3, 1, 40, 33, 3, 1, 1, 1, 1 },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) check_shape(&shapes[i]);
}

/* Enough pixels for several tasks, and for a weight gradient in parts. */
TEST(kernel_conv2d_large) {
    check_shape(&(Conv2dShape){ 2, 40, 50, 3, 5, 3, 3, 1, 1, 1 });
    check_shape(&(Conv2dShape){ 1, 56, 54, 8, 8, 3, 3, 1, 1, 8 });
    check_shape(&(Conv2dShape){ 3, 33, 37, 4, 6, 3, 3, 1, 1, 2 });
    check_shape(&(Conv2dShape){ 1, 13, 12, 70, 40, 3, 3, 1, 1, 1 });
}

TEST(kernel_conv2d_random_shapes) {
    Random random = random_stream(11, 0, 0, 0);
    for (int i = 0; i < 150; i++) {
        const int64_t groups = 1 + (int64_t)random_below(&random, 4);
        Conv2dShape s = { .batch = 1 + (int64_t)random_below(&random, 2),
                          .height = 1 + (int64_t)random_below(&random, 9),
                          .width = 1 + (int64_t)random_below(&random, 9),
                          .in = groups * (1 + (int64_t)random_below(&random, 5)),
                          .out = groups * (1 + (int64_t)random_below(&random, 5)),
                          .kernel_height = 1 + (int64_t)random_below(&random, 5),
                          .kernel_width = 1 + (int64_t)random_below(&random, 5),
                          .stride = 1 + (int64_t)random_below(&random, 4),
                          .padding = (int64_t)random_below(&random, 4),
                          .groups = groups };
        check_shape(&s);
    }
}

/* Nothing to sum, or nowhere to write: gradients are 0 (or what they were), nothing is touched. */
TEST(kernel_conv2d_empty) {
    check_shape(&(Conv2dShape){ 0, 5, 5, 3, 4, 3, 3, 1, 1, 1 });
    check_shape(&(Conv2dShape){ 0, 5, 5, 4, 4, 3, 3, 1, 1, 4 });
    check_shape(&(Conv2dShape){ 2, 2, 2, 3, 4, 3, 3, 1, 0, 1 }); /* the kernel does not fit */
    check_shape(&(Conv2dShape){ 2, 2, 2, 4, 4, 3, 3, 2, 0, 4 });
    check_shape(&(Conv2dShape){ 2, 5, 5, 0, 4, 3, 3, 1, 1, 1 });
    check_shape(&(Conv2dShape){ 2, 5, 5, 3, 0, 3, 3, 1, 1, 1 });
}

TEST(kernel_conv2d_sizes) {
    const Conv2dShape s = { 8, 256, 256, 3, 64, 7, 7, 2, 3, 1 };
    CHECK(conv2d_out_height(&s) == 128 && conv2d_out_width(&s) == 128);
    CHECK(conv2d_multiply_adds(&s) == 8LL * 128 * 128 * 64 * 7 * 7 * 3);
    const Conv2dShape grouped = { 1, 7, 9, 12, 24, 3, 5, 3, 0, 4 };
    CHECK(conv2d_out_height(&grouped) == 2 && conv2d_out_width(&grouped) == 2);
    CHECK(conv2d_multiply_adds(&grouped) == 4 * 24 * 15 * 3);
}

TEST(kernel_conv2d_epilogue) {
    static const Conv2dShape shapes[] = { { 2, 13, 11, 19, 21, 3, 3, 2, 1, 1 },
                                          { 1, 30, 30, 64, 4, 1, 1, 1, 0, 1 },
                                          { 2, 9, 10, 12, 20, 3, 3, 1, 1, 4 },
                                          { 2, 9, 10, 33, 33, 3, 3, 1, 1, 33 },
                                          { 1, 40, 40, 33, 40, 3, 3, 1, 1, 1 } };
    for (int i = 0; i < 5; i++) {
        test_case("epilogue of shape %d", i);
        check_epilogue(&shapes[i], conv2d_forward_then);
    }
}

/* A NaN pixel reaches exactly the outputs whose windows hold it. */
TEST(kernel_conv2d_nan_spreads) {
    device_cpu()->round_products(false);
    for (int64_t groups = 1; groups <= 20; groups += 19) {
        const Conv2dShape s = { 1, 9, 9, 20, 20, 3, 3, 1, 1, groups };
        Case c = case_create(&s);
        c.x.data[(4 * 9 + 5) * 20 + 2] = (real)NAN;
        conv2d_forward(&s, c.x.data, c.weight.data, c.bias.data, c.y.data);
        for (int64_t i = 0; i < c.y.count; i++) {
            const int64_t o = i % 20, x = i / 20 % 9, y = i / 180;
            const bool is_nan = isnan(c.y.data[i]);
            const bool near = y >= 3 && y <= 5 && x >= 4 && x <= 6;
            CHECK(is_nan == (near && (groups == 1 || o == 2)));
        }
        case_release(&c);
    }
    device_cpu()->round_products(true);
}

/* All four results of one shape, end to end. */
static real *run_all(const Conv2dShape *s, int64_t *count) {
    Case c = case_create(s);
    conv2d_backward_data(s, c.y.data, c.weight.data, c.x.data, true);
    conv2d_backward_weight(s, c.x.data, c.y.data, c.weight.data, true);
    conv2d_backward_bias(s, c.y.data, c.bias.data, true);
    conv2d_forward(s, c.x.data, c.weight.data, c.bias.data, c.y.data);
    const Array *arrays[] = { &c.x, &c.weight, &c.bias, &c.y };
    *count = c.x.count + c.weight.count + c.bias.count + c.y.count;
    real *all = malloc((size_t)*count * sizeof *all), *to = all;
    for (int i = 0; i < 4; i++) {
        memcpy(to, arrays[i]->data, (size_t)arrays[i]->count * sizeof *to);
        to += arrays[i]->count;
    }
    case_release(&c);
    return all;
}

TEST(kernel_conv2d_same_bits) {
    static const Conv2dShape shapes[] = { { 2, 41, 37, 19, 21, 3, 3, 2, 1, 1 },
                                          { 2, 60, 61, 5, 7, 3, 3, 1, 1, 1 },
                                          { 2, 31, 30, 12, 20, 3, 3, 1, 1, 4 },
                                          { 2, 61, 30, 33, 33, 3, 3, 1, 1, 33 } };
    const int usual = omp_get_max_threads();
    for (int i = 0; i < 4; i++) {
        int64_t count;
        omp_set_num_threads(1);
        real *first = run_all(&shapes[i], &count);
        for (int threads = 2; threads <= 4; threads++) {
            omp_set_num_threads(threads);
            real *again = run_all(&shapes[i], &count);
            CHECK(!memcmp(first, again, (size_t)count * sizeof *first));
            free(again);
        }
        free(first);
    }
    omp_set_num_threads(usual);
}
