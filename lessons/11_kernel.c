/* 11_kernel.c - a GPU kernel that adds up 256 numbers a block, and what its barriers are for.
 *
 *     ./build.sh run --gpu=emu lessons/11_kernel.c
 *
 * The kernel runs on the emulated GPU, where a missing barrier shows every time. The page beside this file
 * takes the barriers out one by one.
 */
#include "cuda/port/gpu.h"
C_HEADERS_BEGIN
#include "autograd/autograd.h"
C_HEADERS_END

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 256, BLOCKS = 4, ORDERS = 8 };

/* Which barriers a variant has. */
enum { ALL, NONE_AFTER_STORE, NONE_IN_LOOP, NONE_BEFORE_REUSE, FOR_SOME };
static const char *const variants[] = { "all barriers", "none after the store", "none in the loop",
                                        "none before the second sum" };

typedef struct Arguments {
    const real *x;
    real *sums; /* two for each block: of x, and of x^2 */
    int variant;
} Arguments;

typedef struct Row {
    real of[THREADS];
} Row;

/* The sum of the row, in its first place: half of the threads add a second number each, then a quarter
 * of them, and so on. */
static GPU_DEVICE void add_up(Row *shared, int variant) {
    const int i = gpu_thread();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (i < half) {
            shared->of[i] += shared->of[i + half];
            if (variant == FOR_SOME) gpu_barrier();
        }
        if (variant != NONE_IN_LOOP && variant != FOR_SOME) gpu_barrier();
    }
}

GPU_KERNEL_SHARED(lesson_sums, THREADS, Arguments, Row) {
    const int i = gpu_thread(), block = gpu_block();
    const real x = a->x[block * THREADS + i];
    shared->of[i] = x;
    if (a->variant != NONE_AFTER_STORE) gpu_barrier();
    add_up(shared, a->variant);
    if (i == 0) a->sums[2 * block] = shared->of[0];
    if (a->variant != NONE_BEFORE_REUSE) gpu_barrier();
    shared->of[i] = x * x;
    gpu_barrier();
    add_up(shared, a->variant == FOR_SOME ? ALL : a->variant);
    if (i == 0) a->sums[2 * block + 1] = shared->of[0];
}

/* ---- The host's side ---- */

/* x counts from 1 in every block, so that all sums are exact in float. */
static void run(const Device *gpu, int variant, real sums[2 * BLOCKS]) {
    static real x[BLOCKS * THREADS];
    for (int i = 0; i < BLOCKS * THREADS; i++) x[i] = (real)(i % THREADS + 1);
    Tensor in = tensor_create(gpu, shape_1(BLOCKS * THREADS));
    Tensor out = tensor_create(gpu, shape_1(2 * BLOCKS));
    tensor_upload(&in, x);
    Arguments arguments;
    arguments.x = in.data;
    arguments.sums = out.data;
    arguments.variant = variant;
    gpu_launch(&lesson_sums, BLOCKS, &arguments);
    tensor_download(&out, sums);
    tensor_release(&in);
    tensor_release(&out);
}

/* Blocks whose sums are both right: 1 + ... + n = n (n + 1)/2, 1 + ... + n^2 = n (n + 1)(2 n + 1)/6. */
static int right_blocks(const real sums[2 * BLOCKS]) {
    const double n = THREADS, sum = n * (n + 1) / 2, squares = sum * (2 * n + 1) / 3;
    int right = 0;
    for (int i = 0; i < BLOCKS; i++)
        right += (double)sums[2 * i] == sum && (double)sums[2 * i + 1] == squares;
    return right;
}

/* Another order of the threads between barriers; only the emulated GPU has that. */
static void shuffle(const Device *gpu, uint64_t seed) {
    void (*const set)(uint64_t) = (void (*)(uint64_t))gpu->kernel("emulated_shuffle");
    if (set) set(seed);
}

/* In how many of the orders every block was right, and what the first sum was in the first order. */
static int right_orders(const Device *gpu, int variant, real *first) {
    int right = 0;
    for (int order = 0; order < ORDERS; order++) {
        real sums[2 * BLOCKS];
        shuffle(gpu, (uint64_t)order);
        run(gpu, variant, sums);
        right += right_blocks(sums) == BLOCKS;
        if (order == 0) *first = sums[0];
    }
    return right;
}

static bool print_variants(const Device *gpu) {
    bool as_expected = true;
    printf("barriers                     right in    first sum\n");
    for (int variant = 0; variant < FOR_SOME; variant++) {
        real first;
        const int right = right_orders(gpu, variant, &first);
        printf("%-28s %d of %d    %9s\n", variants[variant], right, ORDERS,
               first != first           ? "NaN"
               : (double)first == 32896 ? "32896"
                                        : "wrong");
        as_expected =
            as_expected && right == (variant == ALL || variant == NONE_BEFORE_REUSE ? ORDERS : 0);
    }
    return as_expected;
}

/* A barrier that some threads do not reach ends the process, so another process runs that kernel. What it
 * prints, of which only the part after the file's name and line is the same on every machine. */
static bool run_for_some(char *report, size_t room) {
    int ends[2];
    if (pipe(ends)) return false;
    const pid_t child = fork();
    if (child == 0) {
        real sums[2 * BLOCKS];
        Error error;
        dup2(ends[1], STDERR_FILENO);
        const Device *gpu = device_find("gpu", &error);
        if (gpu) run(gpu, FOR_SOME, sums);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while (length + 1 < room && (got = read(ends[0], report + length, room - 1 - length)) > 0)
        length += (size_t)got;
    report[length] = 0;
    close(ends[0]);
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status);
}

/* ---- Answers to the exercises ---- */

static bool answer_barriers(void) {
    int barriers = 3, loop = 0;
    for (int half = THREADS / 2; half > 0; half /= 2) loop++;
    barriers += 2 * loop;
    printf("1. a thread waits at %d barriers\n", barriers);
    return barriers == 19;
}

static bool answer_order(void) {
    float up = 0, tree[THREADS];
    for (int i = 0; i < THREADS; i++) up += tree[i] = i ? 1e-7f : 1;
    for (int half = THREADS / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) tree[i] += tree[i + half];
    printf("2. 1 and 255 times 1e-7: %.7f one after the other, %.7f by halves\n", (double)up,
           (double)tree[0]);
    return up != tree[0];
}

int main(void) {
    char report[2048];
    Error error = { "" };
    const bool stopped = run_for_some(report, sizeof report);
    const char *place = strstr(report, "a barrier that thread");
    const Device *gpu = device_find("gpu", &error);
    if (!gpu) return puts(error.text), 1;
    const bool good = print_variants(gpu);
    printf("\na barrier inside the if: %s\n", stopped && place ? "reported" : "not reported");
    printf("\nanswers\n");
    return answer_barriers() && answer_order() && good && stopped && place ? 0 : 1;
}
