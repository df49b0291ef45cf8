/* Convolutions on the GPU against the CPU's and against the definition, in every form: strides,
 * groups, depthwise, big and small tiles, copies of 16 bytes and of one real, a depth in parts. */
#include "cuda/product/product_naive.h"
#include "tests/gpu_array.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The results that a convolution has, and its factors. */
typedef enum Part { PART_IMAGE, PART_WEIGHT, PART_BIAS, PART_OUTPUT, PARTS } Part;

typedef struct Problem {
    const Device *gpu;
    Conv2dShape shape;
    GpuArray value[PARTS], size[PARTS]; /* random; and their sizes */
} Problem;

static Problem make_problem(const Device *gpu, const Conv2dShape *s) {
    const int64_t counts[PARTS] = {
        s->batch * s->height * s->width * s->in,
        s->out * s->kernel_height * s->kernel_width * (s->in / s->groups),
        s->out,
        s->batch * conv2d_out_height(s) * conv2d_out_width(s) * s->out,
    };
    Problem p = { .gpu = gpu, .shape = *s };
    for (int part = 0; part < PARTS; part++) {
        p.value[part] = gpu_array(gpu, counts[part], (uint64_t)part);
        p.size[part] = gpu_array_sizes(gpu, &p.value[part]);
    }
    return p;
}

static void release_problem(Problem *p) {
    for (int part = 0; part < PARTS; part++) {
        gpu_array_release(&p->value[part]);
        gpu_array_release(&p->size[part]);
    }
}

/* ---- The three ways to compute a part ---- */

/* An epilogue for the output, or for a gradient whether it accumulates. */
static void run_gpu(const Problem *p, Part part, ProductEpilogue epilogue, bool rounded, real *to) {
    const GpuArray *value = p->value;
    const Gradient gradient = { to, epilogue.accumulate };
    p->gpu->round_products(rounded);
    switch (part) {
    case PART_IMAGE:
        gpu_conv2d_backward_data(&p->shape, value[PART_OUTPUT].data, value[PART_WEIGHT].data,
                                 gradient);
        break;
    case PART_WEIGHT:
        gpu_conv2d_backward_weight(&p->shape, value[PART_IMAGE].data, value[PART_OUTPUT].data,
                                   gradient);
        break;
    case PART_BIAS:
        gpu_conv2d_backward_bias(&p->shape, value[PART_OUTPUT].data, gradient);
        break;
    default:
        gpu_conv2d_forward(&p->shape, value[PART_IMAGE].data, value[PART_WEIGHT].data, epilogue,
                           to);
    }
    p->gpu->round_products(true);
}

static void run_cpu(const Conv2dShape *s, Part part, const GpuArray *value, real *to) {
    if (part == PART_IMAGE)
        conv2d_backward_data(s, value[PART_OUTPUT].host, value[PART_WEIGHT].host, to, false);
    if (part == PART_WEIGHT)
        conv2d_backward_weight(s, value[PART_IMAGE].host, value[PART_OUTPUT].host, to, false);
    if (part == PART_BIAS) conv2d_backward_bias(s, value[PART_OUTPUT].host, to, false);
    if (part == PART_OUTPUT)
        conv2d_forward(s, value[PART_IMAGE].host, value[PART_WEIGHT].host, NULL, to);
}

static void run_naive(const Conv2dShape *s, Part part, const GpuArray *value, real *to) {
    if (part == PART_IMAGE)
        naive_conv2d_backward_data(s, value[PART_OUTPUT].data, value[PART_WEIGHT].data, to);
    if (part == PART_WEIGHT)
        naive_conv2d_backward_weight(s, value[PART_IMAGE].data, value[PART_OUTPUT].data, to);
    if (part == PART_OUTPUT)
        naive_conv2d_forward(s, value[PART_IMAGE].data, value[PART_WEIGHT].data, to);
}

/* ---- Comparing them ---- */

/* What a part is, and how large its terms are, both from the CPU; and the kernels' result. */
typedef struct Answer {
    GpuArray found;
    real *expected, *sizes;
} Answer;

static real *new_reals(int64_t count) {
    real *reals = malloc((size_t)count * sizeof *reals + 1);
    PROMISE(reals, "no memory for a test");
    return reals;
}

static Answer new_answer(const Problem *p, Part part) {
    Answer answer = { .found = gpu_array(p->gpu, p->value[part].count, 9) };
    answer.expected = new_reals(answer.found.count);
    answer.sizes = new_reals(answer.found.count);
    run_cpu(&p->shape, part, p->value, answer.expected);
    run_cpu(&p->shape, part, p->size, answer.sizes);
    return answer;
}

static void release_answer(Answer *answer) {
    gpu_array_release(&answer->found);
    free(answer->expected);
    free(answer->sizes);
}

static void compare(const Answer *answer, bool rounded, const char *how, Part part) {
    static const char *const names[PARTS] = { "dx", "dweight", "dbias", "y" };
    const double worst =
        worst_error(answer->found.host, answer->expected, answer->sizes, answer->found.count);
    if (!(worst <= 2 * product_error(rounded)))
        test_fail(__FILE__, __LINE__, "%s, %s%s: off by %g of the terms; accepted %g", names[part],
                  rounded ? "rounded, " : "", how, worst, 2 * product_error(rounded));
}

static void check_gradient(const Problem *p, Part part, bool rounded, bool accumulate) {
    Answer answer = new_answer(p, part);
    for (int64_t i = 0; accumulate && i < answer.found.count; i++) {
        answer.expected[i] += answer.found.host[i];
        answer.sizes[i] += fabs(answer.found.host[i]);
    }
    run_gpu(p, part, product_epilogue(NULL, accumulate), rounded, answer.found.data);
    gpu_array_download(&answer.found);
    compare(&answer, rounded, accumulate ? "accumulating" : "overwriting", part);
    release_answer(&answer);
}

/* Everything that an epilogue can do, and a bias alone. */
static void check_output(const Problem *p, bool rounded, bool everything) {
    Answer answer = new_answer(p, PART_OUTPUT);
    const GpuArray *bias = &p->value[PART_BIAS], *residual = &p->value[PART_OUTPUT];
    GpuArray scale = gpu_array(p->gpu, bias->count, 10);
    const ProductEpilogue all = { scale.data, bias->data, residual->data, true, true };
    for (int64_t i = 0; i < answer.found.count; i++) {
        const int64_t channel = i % p->shape.out;
        real *value = &answer.expected[i], old = answer.found.host[i];
        *value = (everything ? scale.host[channel] * *value : *value) + bias->host[channel];
        answer.sizes[i] += fabs(bias->host[channel]);
        if (!everything) continue;
        *value = fmax(*value + residual->host[i], 0) + old;
        answer.sizes[i] += fabs(residual->host[i]) + fabs(old);
    }
    run_gpu(p, PART_OUTPUT, everything ? all : product_epilogue(bias->data, false), rounded,
            answer.found.data);
    gpu_array_download(&answer.found);
    compare(&answer, rounded, everything ? "scaled, shifted, added, cut, accumulated" : "biased",
            PART_OUTPUT);
    gpu_array_release(&scale);
    release_answer(&answer);
}

static void check_naive(const Problem *p, Part part) {
    Answer answer = new_answer(p, part);
    run_naive(&p->shape, part, p->value, answer.found.data);
    gpu_array_download(&answer.found);
    compare(&answer, false, "straight from the definition", part);
    release_answer(&answer);
}

static void name_case(const Conv2dShape *s) {
    test_case("gpu conv2d [%d,%d,%d,%d] to %d, kernel %dx%d, stride %d, padding %d, groups %d",
              (int)s->batch, (int)s->height, (int)s->width, (int)s->in, (int)s->out,
              (int)s->kernel_height, (int)s->kernel_width, (int)s->stride, (int)s->padding,
              (int)s->groups);
}

static void check_shape(const Device *gpu, const Conv2dShape *s) {
    name_case(s);
    Problem p = make_problem(gpu, s);
    for (int option = 0; option < 4; option++) {
        const bool rounded = option & 1, other = option & 2;
        for (Part part = PART_IMAGE; part < PART_OUTPUT; part++)
            check_gradient(&p, part, rounded, other);
        check_output(&p, rounded, other);
    }
    check_naive(&p, PART_IMAGE);
    check_naive(&p, PART_WEIGHT);
    check_naive(&p, PART_OUTPUT);
    release_problem(&p);
}

TEST(gpu_conv2d_shapes) {
    static const Conv2dShape shapes[] = {
        /* batch, height, width, in, out, kernel, kernel, stride, padding, groups */
        { 1, 1, 1, 1, 1, 1, 1, 1, 0, 1 },
        { 2, 11, 9, 3, 17, 7, 7, 2, 3, 1 },   /* an image: copies of one real */
        { 2, 12, 11, 8, 68, 3, 3, 1, 1, 1 },  /* copies of 16 bytes */
        { 2, 12, 11, 36, 12, 3, 3, 2, 1, 1 }, /* strides: phases */
        { 1, 10, 11, 8, 4, 2, 3, 3, 1, 1 },
        { 2, 9, 8, 20, 24, 1, 1, 1, 0, 1 },
        { 2, 9, 8, 20, 24, 1, 1, 2, 0, 1 }, /* pixels that no tap reaches */
        { 1, 9, 9, 4, 8, 1, 5, 4, 2, 1 },
        { 1, 2, 3, 4, 4, 5, 5, 1, 4, 1 }, /* windows mostly outside */
        { 1, 3, 3, 4, 5, 3, 3, 5, 4, 1 },
        { 2, 7, 6, 6, 9, 3, 3, 1, 1, 3 }, /* groups, of one real and of 16 bytes */
        { 1, 8, 9, 32, 48, 3, 3, 2, 1, 2 },
        { 2, 8, 7, 8, 4, 1, 1, 1, 0, 4 },
        { 2, 5, 5, 68, 5, 3, 3, 1, 1, 1 },  /* a depth in parts: 612 forward */
        { 3, 19, 18, 5, 3, 3, 3, 1, 1, 1 }, /* 1026 of the weight gradient */
        { 3, 19, 18, 8, 16, 3, 3, 1, 1, 2 },
        { 1, 4, 4, 12, 520, 2, 2, 2, 0, 1 }, /* 520 of one phase of dx */
    };
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof shapes / sizeof *shapes; i++) check_shape(gpu, &shapes[i]);
}

TEST(gpu_conv2d_depthwise) {
    static const Conv2dShape shapes[] = {
        { 2, 7, 6, 5, 5, 3, 3, 1, 1, 5 },       { 2, 9, 11, 8, 8, 3, 3, 1, 1, 8 },
        { 1, 8, 9, 36, 36, 3, 3, 2, 1, 36 },    { 1, 9, 8, 70, 70, 5, 3, 3, 2, 70 },
        { 1, 3, 3, 130, 130, 3, 3, 1, 1, 130 }, { 1, 2, 2, 8, 8, 5, 5, 1, 4, 8 },
        { 1, 6, 6, 7, 7, 1, 1, 2, 0, 7 },       { 1, 3, 3, 4, 4, 3, 3, 5, 4, 4 },
        { 3, 50, 5, 4, 4, 3, 3, 1, 1, 4 }, /* chunks of several lines */
        { 2, 4, 19, 4, 4, 3, 3, 3, 0, 4 },
    };
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof shapes / sizeof *shapes; i++) check_shape(gpu, &shapes[i]);
}

/* Nothing to sum, or nowhere to write: gradients are 0, or what they were. */
TEST(gpu_conv2d_empty) {
    static const Conv2dShape shapes[] = {
        { 0, 5, 5, 3, 4, 3, 3, 1, 1, 1 }, { 0, 5, 5, 4, 4, 3, 3, 1, 1, 4 },
        { 2, 2, 2, 3, 4, 3, 3, 1, 0, 1 }, { 2, 2, 2, 4, 4, 3, 3, 2, 0, 4 },
        { 2, 5, 5, 0, 4, 3, 3, 1, 1, 1 }, { 2, 5, 5, 3, 0, 3, 3, 1, 1, 1 },
    };
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof shapes / sizeof *shapes; i++) check_shape(gpu, &shapes[i]);
}

/* So many tiles that the big ones are chosen: of y, of dx, of dweight. */
TEST(gpu_conv2d_big_tiles) {
    static const struct {
        Part part;
        Conv2dShape shape;
    } cases[] = { { PART_OUTPUT, { 1, 39, 37, 4, 1412, 3, 3, 1, 1, 1 } },
                  { PART_IMAGE, { 1, 39, 37, 1412, 4, 3, 3, 1, 1, 1 } },
                  { PART_WEIGHT, { 1, 5, 4, 156, 1412, 3, 3, 1, 1, 1 } } };
    const Device *gpu = gpu_for_tests();
    for (int i = 0; gpu && i < 3; i++) {
        name_case(&cases[i].shape);
        Problem p = make_problem(gpu, &cases[i].shape);
        for (int rounded = 0; rounded < 2; rounded++) {
            if (cases[i].part == PART_OUTPUT)
                check_output(&p, rounded, rounded);
            else
                check_gradient(&p, cases[i].part, rounded, rounded);
        }
        release_problem(&p);
    }
    if (gpu) memory_trim(gpu);
}

/* The same bits for every order of threads and blocks. */
TEST(gpu_conv2d_same_bits) {
    static const Conv2dShape shapes[] = { { 2, 17, 16, 8, 12, 3, 3, 2, 1, 1 },
                                          { 2, 30, 11, 5, 5, 3, 3, 1, 1, 1 },
                                          { 2, 31, 9, 8, 8, 3, 3, 2, 1, 8 } };
    const Device *gpu = gpu_for_tests();
    for (int i = 0; gpu && i < 3; i++) {
        name_case(&shapes[i]);
        Problem p = make_problem(gpu, &shapes[i]);
        for (Part part = PART_IMAGE; part < PARTS; part++) {
            GpuArray first = gpu_array(gpu, p.value[part].count, 9);
            for (uint64_t seed = 0; seed < 5; seed++) {
                GpuArray again = gpu_array(gpu, p.value[part].count, 9);
                gpu_shuffle(seed);
                run_gpu(&p, part, product_epilogue(NULL, true), true,
                        seed ? again.data : first.data);
                gpu_array_download(seed ? &again : &first);
                CHECK(!seed || !memcmp(first.host, again.host, (size_t)first.count * sizeof(real)));
                gpu_array_release(&again);
            }
            gpu_array_release(&first);
        }
        release_problem(&p);
    }
}
