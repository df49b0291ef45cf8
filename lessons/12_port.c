/* 12_port.c - the first things that a port to a new GPU must do, one small kernel for each.
 *
 *     ./build.sh run --gpu=emu lessons/12_port.c
 *
 * Every name of the porting layer that kernels use is used here, and its answer compared with what
 * cuda/port/gpu.h promises. The page beside this file follows the same order.
 */
#include "cuda/port/gpu.h"
C_HEADERS_BEGIN
#include "autograd/autograd.h"
C_HEADERS_END

#include <stdio.h>

enum { THREADS = 128, BLOCKS = 3, COUNT = THREADS * BLOCKS };

typedef struct Arguments {
    const real *x;
    real *y;
} Arguments;

typedef struct Row {
    real of[THREADS];
} Row;

/* ---- Kernels: one for each promise ---- */

/* 1. Every thread of every block runs once and knows its place. */
GPU_KERNEL(port_index, THREADS, Arguments) {
    a->y[gpu_block() * THREADS + gpu_thread()] =
        (real)(gpu_blocks() * 1000 + gpu_block() * THREADS + gpu_thread());
}

static double expect_index(int i) {
    return BLOCKS * 1000 + i;
}

/* 2. After a barrier the threads of a block see what the others have stored. */
GPU_KERNEL_SHARED(port_barrier, THREADS, Arguments, Row) {
    const int i = gpu_thread();
    shared->of[i] = a->x[gpu_block() * THREADS + i];
    gpu_barrier();
    a->y[gpu_block() * THREADS + i] = shared->of[THREADS - 1 - i];
}

static double expect_barrier(int i) {
    return i / THREADS * THREADS + THREADS - 1 - i % THREADS + 1;
}

/* For exercise 1: what a port whose barrier does nothing would compute. */
GPU_KERNEL_SHARED(port_no_barrier, THREADS, Arguments, Row) {
    const int i = gpu_thread();
    shared->of[i] = a->x[gpu_block() * THREADS + i];
    a->y[gpu_block() * THREADS + i] = shared->of[THREADS - 1 - i];
}

/* 3. The threads of a warp exchange numbers; the width of the warp is the port's. */
GPU_KERNEL(port_shuffle, THREADS, Arguments) {
    const int at = gpu_block() * THREADS + gpu_thread();
    a->y[at] = gpu_shuffle_xor(a->x[at], 5);
}

static double expect_shuffle(int i) {
    return (i ^ 5) + 1;
}

/* 4. A ballot has a bit for every lane. */
GPU_KERNEL(port_ballot, THREADS, Arguments) {
    const int at = gpu_block() * THREADS + gpu_thread();
    const uint64_t lanes = gpu_ballot(gpu_thread() % 3 == 0);
    a->y[at] = (real)(lanes >> gpu_thread() % GPU_WARP & 1);
}

static double expect_ballot(int i) {
    return i % THREADS % 3 == 0;
}

/* 5. Asynchronous copies into shared memory arrive with the wait, and give zeros where not valid. */
GPU_KERNEL_SHARED(port_copy, THREADS, Arguments, Row) {
    const int i = gpu_thread(), first = gpu_block() * THREADS;
    gpu_copy_async_real(&shared->of[i], &a->x[first + i], i % 2 == 0);
    gpu_copy_commit();
    gpu_copy_wait(0);
    gpu_barrier();
    a->y[first + i] = shared->of[i ^ 1];
}

static double expect_copy(int i) {
    return (i ^ 1) % 2 == 0 ? (i ^ 1) + 1 : 0;
}

/* 6. Arithmetic is IEEE's: 0/0 is NaN, which equals nothing; 1/0 is infinite; the smallest numbers are not
 * taken for zero; and 1/3 is rounded as the CPU rounds it. */
GPU_KERNEL(port_ieee, THREADS, Arguments) {
    const int at = gpu_block() * THREADS + gpu_thread();
    const real x = a->x[at], zero = x - x, tiny = REAL_EPSILON * (real)1e-38 * x / x;
    const real nan = zero / zero;
    a->y[at] = nan == nan ? -1 : 1 / zero < 2 * x ? -2 : !(tiny > 0) ? -3 : x / 3;
}

static double expect_ieee(int i) {
    return (double)((real)(i + 1) / 3);
}

typedef struct Promise {
    const char *text;
    GpuKernel *kernel;
    double (*expect)(int i);
} Promise;

/* ---- The host's side ---- */

/* x = 1, 2, ... through the kernel; how many y are as expected. */
static int right_of(const Device *gpu, const Promise *promise) {
    static real x[COUNT], y[COUNT];
    int right = 0;
    for (int i = 0; i < COUNT; i++) x[i] = (real)(i + 1);
    Tensor in = tensor_create(gpu, shape_1(COUNT)), out = tensor_create(gpu, shape_1(COUNT));
    Arguments arguments;
    arguments.x = in.data;
    arguments.y = out.data;
    tensor_upload(&in, x);
    gpu_launch(promise->kernel, BLOCKS, &arguments);
    tensor_download(&out, y);
    for (int i = 0; i < COUNT; i++) right += (double)y[i] == promise->expect(i);
    tensor_release(&in);
    tensor_release(&out);
    return right;
}

static bool print_promises(const Device *gpu) {
    const Promise promises[] = {
        { "threads and blocks know their places", &port_index, expect_index },
        { "a barrier shows what others stored", &port_barrier, expect_barrier },
        { "a shuffle exchanges within a warp", &port_shuffle, expect_shuffle },
        { "a ballot has a bit for every lane", &port_ballot, expect_ballot },
        { "copies arrive with the wait", &port_copy, expect_copy },
        { "arithmetic is IEEE's", &port_ieee, expect_ieee },
    };
    bool good = true;
    for (int i = 0; i < 6; i++) {
        const int right = right_of(gpu, &promises[i]);
        printf("%d. %-40s %d of %d\n", i + 1, promises[i].text, right, COUNT);
        good = good && right == COUNT;
    }
    return good;
}

/* The op table's own check of an op of the library: all its sample shapes, against the CPU. */
static bool print_ops(void) {
    const Op *const ops[] = { &relu_op, &matmul_op, &softmax_op };
    bool good = true;
    printf("\n");
    for (int i = 0; i < 3; i++) {
        OpReport report;
        Error error = { "" };
        const bool right = op_check(ops[i], NULL, &report, &error);
        printf("%-8s %s\n", ops[i]->name, right ? "agrees with the CPU" : error.text);
        good = good && right;
    }
    return good;
}

/* ---- Answers to the exercises ---- */

static bool answer_barrier(const Device *gpu) {
    const Promise none = { "", &port_no_barrier, expect_barrier };
    const bool fewer = right_of(gpu, &none) < COUNT;
    printf("1. without its barrier the second kernel is right everywhere: %s\n",
           fewer ? "no" : "yes");
    return fewer;
}

static bool answer_shuffle(void) {
    printf("2. with the mask 5, lane 3 gets the number of lane %d, and lane 6 that of lane %d\n",
           3 ^ 5, 6 ^ 5);
    return (3 ^ 5) == 6;
}

int main(void) {
    Error error = { "" };
    const Device *gpu = device_find("gpu", &error);
    if (!gpu) return puts(error.text), 1;
    bool good = print_promises(gpu);
    good = print_ops() && good;
    printf("\nanswers\n");
    good = answer_barrier(gpu) && answer_shuffle() && good;
    return good ? 0 : 1;
}
