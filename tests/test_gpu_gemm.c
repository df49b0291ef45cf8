/* gpu_gemm against the definition: every form, tile and way to copy, exact and rounded to tf32. */
#include "cuda/product/product_naive.h"
#include "tests/gpu_array.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Sizes {
    int64_t rows, columns, depth;
    int gap;   /* reals between the rows of every matrix */
    int shift; /* reals before the first: 1 spoils the alignment of 16 bytes */
} Sizes;

/* A matrix with its elements somewhere in an array. */
typedef struct Matrix {
    GpuArray values, sizes;
    GpuMatrix matrix, size;
} Matrix;

static Matrix make_matrix(const Device *gpu, int64_t rows, int64_t columns, bool transposed,
                          const Sizes *s, uint64_t seed) {
    const int64_t lines = transposed ? columns : rows;
    const int64_t stride = (transposed ? rows : columns) + s->gap;
    Matrix m = { .values = gpu_array(gpu, s->shift + lines * stride, seed) };
    m.sizes = gpu_array_sizes(gpu, &m.values);
    m.matrix = (GpuMatrix){ m.values.data + s->shift, stride, transposed };
    m.size = (GpuMatrix){ m.sizes.data + s->shift, stride, transposed };
    return m;
}

static void release_matrix(Matrix *m) {
    gpu_array_release(&m->values);
    gpu_array_release(&m->sizes);
}

/* A problem and its answer from the definition, of values and of sizes. */
typedef struct Problem {
    const Device *gpu;
    Sizes sizes;
    int64_t stride;
    Matrix left, right;
    GpuArray bias, sum, size;
} Problem;

static Problem make_problem(const Device *gpu, const Sizes *s, bool left_transposed,
                            bool right_transposed) {
    Problem p = { .gpu = gpu, .sizes = *s, .stride = s->columns + s->gap };
    p.left = make_matrix(gpu, s->rows, s->depth, left_transposed, s, 1);
    p.right = make_matrix(gpu, s->depth, s->columns, right_transposed, s, 2);
    p.bias = gpu_array(gpu, s->columns, 3);
    p.sum = gpu_array(gpu, s->rows * p.stride, 4);
    p.size = gpu_array(gpu, s->rows * p.stride, 4);
    naive_gemm(s->rows, s->columns, s->depth, p.left.matrix, p.right.matrix, p.sum.data, p.stride);
    naive_gemm(s->rows, s->columns, s->depth, p.left.size, p.right.size, p.size.data, p.stride);
    gpu_array_download(&p.sum);
    gpu_array_download(&p.size);
    return p;
}

static void release_problem(Problem *p) {
    release_matrix(&p->left);
    release_matrix(&p->right);
    gpu_array_release(&p->bias);
    gpu_array_release(&p->sum);
    gpu_array_release(&p->size);
}

static GpuArray run(const Problem *p, bool rounded, bool accumulate, bool biased) {
    GpuArray c = gpu_array(p->gpu, p->sizes.shift + p->sizes.rows * p->stride, 5);
    p->gpu->round_products(rounded);
    gpu_gemm(p->sizes.rows, p->sizes.columns, p->sizes.depth, p->left.matrix, p->right.matrix,
             c.data + p->sizes.shift, p->stride, accumulate, biased ? p->bias.data : NULL);
    p->gpu->round_products(true);
    gpu_array_download(&c);
    return c;
}

/* What c should be, gaps included; and how large the terms of each element are. */
static void expect(const Problem *p, bool accumulate, bool biased, real *expected, real *sizes) {
    const int64_t count = p->sizes.shift + p->sizes.rows * p->stride;
    GpuArray old = gpu_array(p->gpu, count, 5);
    memcpy(expected, old.host, (size_t)count * sizeof(real));
    memset(sizes, 0, (size_t)count * sizeof(real));
    for (int64_t i = 0; i < p->sizes.rows * p->stride; i++) {
        const int64_t column = i % p->stride, at = p->sizes.shift + i;
        if (column >= p->sizes.columns) continue;
        const real bias = biased ? p->bias.host[column] : 0, before = accumulate ? old.host[at] : 0;
        expected[at] = p->sum.host[i] + bias + before;
        sizes[at] = p->size.host[i] + fabs(bias) + fabs(before);
    }
    gpu_array_release(&old);
}

static void check_run(const Problem *p, bool rounded, bool accumulate, bool biased) {
    GpuArray c = run(p, rounded, accumulate, biased);
    real *expected = malloc((size_t)c.count * sizeof(real) + 1);
    real *sizes = malloc((size_t)c.count * sizeof(real) + 1);
    PROMISE(expected && sizes, "no memory for a test");
    expect(p, accumulate, biased, expected, sizes);
    const double worst = worst_error(c.host, expected, sizes, c.count);
    if (!(worst <= product_error(rounded)))
        test_fail(__FILE__, __LINE__, "%s%s%s: off by %g of the terms; accepted %g",
                  rounded ? "rounded" : "exact", accumulate ? ", accumulating" : "",
                  biased ? ", biased" : "", worst, product_error(rounded));
    free(expected);
    free(sizes);
    gpu_array_release(&c);
}

static void name_case(const Sizes *s, bool left, bool right) {
    test_case("gpu gemm %dx%dx%d, gap %d, shift %d, %s %s", (int)s->rows, (int)s->columns,
              (int)s->depth, s->gap, s->shift, left ? "transposed" : "plain",
              right ? "transposed" : "plain");
}

TEST(gpu_gemm_sizes) {
    static const Sizes sizes[] = {
        { 1, 1, 1, 0, 0 },     { 3, 5, 7, 0, 0 },    { 64, 64, 16, 0, 0 },   { 65, 63, 33, 1, 0 },
        { 68, 132, 36, 0, 0 }, { 67, 71, 37, 0, 1 }, { 64, 72, 48, 0, 1 },   { 100, 36, 20, 4, 0 },
        { 1, 260, 4, 0, 0 },   { 9, 7, 1030, 0, 0 }, { 20, 24, 1000, 0, 0 }, { 132, 8, 777, 3, 0 },
        { 5, 6, 0, 1, 0 },     { 0, 6, 5, 0, 0 },    { 6, 0, 5, 0, 0 },
    };
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof sizes / sizeof *sizes; i++)
        for (int form = 0; form < 4; form++) {
            name_case(&sizes[i], form & 1, form & 2);
            Problem p = make_problem(gpu, &sizes[i], form & 1, form & 2);
            for (int option = 0; option < 4; option++)
                check_run(&p, option & 1, option & 2, option != 2);
            check_run(&p, true, false, false);
            release_problem(&p);
        }
}

/* So many tiles that the big ones are chosen; none of the sizes is a multiple of a tile. */
TEST(gpu_gemm_big_tiles) {
    const Sizes s = { 1500, 1412, 20, 0, 0 };
    const Device *gpu = gpu_for_tests();
    for (int form = 0; gpu && form < 3; form++) {
        name_case(&s, form == 2, form == 1);
        Problem p = make_problem(gpu, &s, form == 2, form == 1);
        check_run(&p, false, false, true);
        check_run(&p, true, true, false);
        release_problem(&p);
    }
    if (gpu) memory_trim(gpu);
}

/* Rounded products do differ, where there are fragments to multiply them. */
TEST(gpu_gemm_rounds) {
#if !defined(REAL_IS_DOUBLE) && (!defined(GPU_WARP) || GPU_WARP == 32)
    const Sizes s = { 70, 68, 24, 0, 0 };
    const Device *gpu = gpu_for_tests();
    for (int form = 0; gpu && gpu_is_emulated() && form < 3; form++) {
        name_case(&s, form == 2, form == 1);
        Problem p = make_problem(gpu, &s, form == 2, form == 1);
        GpuArray exact = run(&p, false, false, false), rounded = run(&p, true, false, false);
        const double differ = worst_error(rounded.host, exact.host, p.size.host, p.size.count);
        CHECK(differ > 4 * product_error(false));
        gpu_array_release(&exact);
        gpu_array_release(&rounded);
        release_problem(&p);
    }
#endif
}

static void make_integers(GpuArray *array) {
    for (int64_t i = 0; i < array->count; i++) array->host[i] = floor(array->host[i] * 8);
    gpu_array_upload(array);
}

/* Sums of small integers are exact in any order, rounded or not: not one term may be wrong. */
TEST(gpu_gemm_integers) {
    static const Sizes sizes[] = { { 130, 68, 1544, 0, 0 }, { 33, 67, 1031, 0, 0 } };
    const Device *gpu = gpu_for_tests();
    for (int i = 0; gpu && i < 2; i++)
        for (int form = 0; form < 4; form++) {
            name_case(&sizes[i], form & 1, form & 2);
            Problem p = make_problem(gpu, &sizes[i], form & 1, form & 2);
            make_integers(&p.left.values);
            make_integers(&p.right.values);
            naive_gemm(sizes[i].rows, sizes[i].columns, sizes[i].depth, p.left.matrix,
                       p.right.matrix, p.sum.data, p.stride);
            gpu_array_download(&p.sum);
            for (int rounded = 0; rounded < 2; rounded++) {
                GpuArray c = run(&p, rounded, false, false);
                CHECK(!memcmp(c.host, p.sum.host, (size_t)c.count * sizeof(real)));
                gpu_array_release(&c);
            }
            release_problem(&p);
        }
}

/* The same bits for every order of threads and blocks, of tiles and of parts. */
TEST(gpu_gemm_same_bits) {
    static const Sizes sizes[] = { { 150, 90, 70, 1, 0 }, { 68, 36, 1100, 0, 0 } };
    const Device *gpu = gpu_for_tests();
    for (int i = 0; gpu && i < 2; i++)
        for (int form = 0; form < 3; form++) {
            name_case(&sizes[i], form == 2, form == 1);
            Problem p = make_problem(gpu, &sizes[i], form == 2, form == 1);
            GpuArray first = run(&p, true, true, true);
            for (uint64_t seed = 1; seed < 5; seed++) {
                gpu_shuffle(seed);
                GpuArray again = run(&p, true, true, true);
                CHECK(!memcmp(first.host, again.host, (size_t)first.count * sizeof(real)));
                gpu_array_release(&again);
            }
            gpu_array_release(&first);
            release_problem(&p);
        }
}
