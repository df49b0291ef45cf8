/* The matrix product against sums in double, at sizes around every cut that gemm.c and gemm_dot.c
 * make. */
#include "tensor/kernels/gemm.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/random.h"
#include "tensor/workspace.h"
#include "tests/test.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 32, SPARE = 3 }; /* reals around the result; reals between its rows */

typedef struct Product {
    int64_t rows, columns, depth;
    bool left_transposed, right_transposed, accumulate, biased;
    real *left, *right, *bias, *result, *before; /* result and before with guards */
    int64_t result_elements;
} Product;

static real *random_reals(int64_t count, uint64_t seed) {
    real *x = malloc(((size_t)count + 1) * sizeof *x);
    Random random = random_stream(seed, 0, 0, 0);
    for (int64_t i = 0; i < count; i++) x[i] = (real)random_between(&random, -1, 1);
    return x;
}

static Product product_create(int64_t rows, int64_t columns, int64_t depth, unsigned options) {
    Product p = { rows, columns, depth, options & 1, options & 2, options & 4, options & 8, 0, 0, 0,
                  0,    0,       0 };
    p.left = random_reals(rows * depth, 1);
    p.right = random_reals(depth * columns, 2);
    p.bias = random_reals(columns, 3);
    p.result_elements = 2 * GUARD + rows * (columns + SPARE);
    p.result = random_reals(p.result_elements, 4);
    p.before = random_reals(p.result_elements, 4);
    return p;
}

static void product_release(Product *p) {
    free(p->left);
    free(p->right);
    free(p->bias);
    free(p->result);
    free(p->before);
}

static void product_run(Product *p) {
    const GemmMatrix left =
        p->left_transposed ? gemm_transposed(p->left, p->rows) : gemm_matrix(p->left, p->depth);
    const GemmMatrix right = p->right_transposed ? gemm_transposed(p->right, p->depth)
                                                 : gemm_matrix(p->right, p->columns);
    gemm(p->rows, p->columns, p->depth, left, right, p->result + GUARD, p->columns + SPARE,
         p->accumulate, p->biased ? p->bias : NULL);
}

/* Element (i, j) in double; *size: the sum of the terms' sizes, which bounds the rounding. */
static double expected(const Product *p, int64_t i, int64_t j, double *size) {
    double sum = p->accumulate ? p->before[GUARD + i * (p->columns + SPARE) + j] : 0;
    if (p->biased) sum += p->bias[j];
    *size = fabs(sum);
    for (int64_t k = 0; k < p->depth; k++) {
        const double a = p->left[p->left_transposed ? k * p->rows + i : i * p->depth + k];
        const double b = p->right[p->right_transposed ? j * p->depth + k : k * p->columns + j];
        sum += a * b;
        *size += fabs(a * b);
    }
    return sum;
}

/* The largest error in units of the rounding; every element outside the result is as before. */
static void product_check(const Product *p, int64_t row_step) {
    const int64_t stride = p->columns + SPARE;
    double worst = 0, size;
    bool guarded = true;
    for (int64_t at = 0; at < p->result_elements; at++) {
        const int64_t i = (at - GUARD) / stride, j = (at - GUARD) % stride;
        if (at < GUARD || i >= p->rows || j >= p->columns) {
            guarded &= !memcmp(p->result + at, p->before + at, sizeof(real));
            continue;
        }
        if (i % row_step) continue;
        const double sum = expected(p, i, j, &size);
        const double off = fabs(p->result[at] - sum) / (size * REAL_EPSILON + 1e-300);
        worst = test_worse(worst, off);
    }
    CHECK(guarded);
    CHECK(worst <= 20);
}

static void check_product(int64_t rows, int64_t columns, int64_t depth, unsigned options,
                          int64_t row_step) {
    test_case("gemm %lldx%lldx%lld options %u", (long long)rows, (long long)columns,
              (long long)depth, options);
    Product p = product_create(rows, columns, depth, options);
    product_run(&p);
    product_check(&p, row_step);
    product_release(&p);
}

TEST(kernel_gemm_small_sizes) {
    static const int64_t sizes[] = { 1, 2, 3, 5, 8, 13, 14, 15, 17, 31, 32, 33, 47 };
    enum { COUNT = sizeof sizes / sizeof *sizes };
    Random random = random_stream(5, 0, 0, 0);
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++)
            check_product(sizes[i], sizes[j], sizes[random_below(&random, COUNT)],
                          (unsigned)(i * COUNT + j) % 16, 1);
}

TEST(kernel_gemm_options) {
    for (unsigned options = 0; options < 16; options++) {
        check_product(61, 37, 700, options, 1);
        check_product(130, 1, 19, options, 1);
        check_product(1, 130, 19, options, 1);
        check_product(7, 5, 3000, options, 1); /* in parts */
    }
}

/* Several strips of columns, blocks of depth, blocks of rows, parts of depth. */
TEST(kernel_gemm_blocks) {
    check_product(300, 1100, 333, 0, 37);
    check_product(90, 2100, 641, 4 | 8, 29);
    check_product(1000, 40, 320, 8, 37);
    check_product(20, 33, 2 * 4 * GEMM_DEPTH - 1, 1, 3);
    check_product(20, 33, 2 * 4 * GEMM_DEPTH, 1, 3);
    check_product(29, 65, 40001, 1 | 4 | 8, 13);
    check_product(3, 2, 70001, 2, 1);
}

/* Dot products: a handful of columns, or few rows and much depth, with columns that lie together.
 */
TEST(kernel_gemm_few_columns) {
    static const int64_t rows[] = { 63, 64, 65, 79, 200 };
    static const int64_t depths[] = { 15, 16, 17, 64, 319, 320, 321 };
    for (unsigned i = 0; i < 5 * 7; i++)
        for (int64_t columns = 1; columns <= 5; columns++)
            check_product(rows[i / 7], columns, depths[i % 7], (i + (unsigned)columns) % 16, 1);
}

TEST(kernel_gemm_few_rows) {
    static const int64_t rows[] = { 1, 2, 3, 4, 5, 12, 13, 15, 16, 17, 20, 31, 63, 64, 65 };
    static const int64_t depths[] = { 255, 256, 257, 320, 335, 641, 1024, 1041 };
    enum { ROWS = sizeof rows / sizeof *rows, DEPTHS = sizeof depths / sizeof *depths };
    for (unsigned i = 0; i < ROWS * DEPTHS; i++)
        check_product(rows[i / DEPTHS], GEMM_COLUMNS - 1 + i % 7, depths[i % DEPTHS], i % 4 * 4 | 2,
                      1);
}

/* An epilogue that doubles, and counts what it is given. */
static void twice(const void *context, real *values, int64_t count) {
    int64_t *elements = *(int64_t *const *)context;
    for (int64_t i = 0; i < count; i++) values[i] *= 2;
#pragma omp atomic
    *elements += count;
}

static void check_epilogue(int64_t m, int64_t n, int64_t k, bool transposed) {
    test_case("epilogue of %lldx%lldx%lld", (long long)m, (long long)n, (long long)k);
    const unsigned options = transposed ? 2 | 8 : 8;
    Product plain = product_create(m, n, k, options), p = product_create(m, n, k, options);
    product_run(&plain);
    int64_t count = 0, *elements = &count;
    const Epilogue epilogue = { &elements, twice };
    const GemmMatrix left = gemm_matrix(p.left, k);
    const GemmMatrix right = transposed ? gemm_transposed(p.right, k) : gemm_matrix(p.right, n);
    const GemmOutput output = { p.result + GUARD, n + SPARE };
    gemm_run(&(Gemm){ m, n, k, gemm_left(&left), gemm_right(&right), gemm_result(&output), false,
                      p.bias, &epilogue });
    CHECK(count == m * n);
    bool same = true;
    for (int64_t at = 0; at < p.result_elements; at++) {
        const int64_t r = (at - GUARD) / (n + SPARE), c = (at - GUARD) % (n + SPARE);
        const bool inside = at >= GUARD && r < m && c < n;
        same &= p.result[at] == plain.result[at] * (inside ? 2 : 1);
    }
    CHECK(same);
    product_release(&plain);
    product_release(&p);
}

/* Every element once, and when it is whole. */
TEST(kernel_gemm_epilogue) {
    check_epilogue(61, 37, 700, false);
    check_epilogue(90, 1100, 33, false);
    check_epilogue(70, 4, 64, true);      /* few columns */
    check_epilogue(30, 70, 700, true);    /* few rows */
    check_epilogue(5, 50, 0, false);      /* empty sums */
    check_epilogue(40, 50, 25000, false); /* in parts */
    check_epilogue(1, 1, 1, false);
}

TEST(kernel_gemm_empty) {
    check_product(0, 5, 5, 0, 1);
    check_product(5, 0, 5, 0, 1);
    for (unsigned options = 0; options < 16; options += 4) check_product(5, 50, 0, options, 1);
}

/* Sizes of every way: whole, in parts, few columns, few rows (with columns that lie together). */
static const int64_t ways[][4] = {
    { 33, 35, 500, 0 },  { 33, 35, 4000, 0 },  { 33, 35, 25000, 0 }, { 70, 3, 100, 0 },
    { 70, 3, 100, 2 },   { 12, 35, 643, 2 },   { 16, 900, 1041, 2 }, { 257, 129, 401, 0 },
    { 3001, 4, 100, 2 }, { 40, 50, 25000, 0 }, { 1, 900, 300, 2 },   { 33, 35, 1, 0 },
};
enum { WAYS = sizeof ways / sizeof *ways };

static Product product_of_way(int i, unsigned options) {
    const int64_t *size = ways[i];
    test_case("gemm %dx%dx%d options %u", (int)size[0], (int)size[1], (int)size[2],
              options | (unsigned)size[3]);
    return product_create(size[0], size[1], size[2], options | (unsigned)size[3]);
}

/* Without accumulate the old result is not read: its NaN does not survive. Nor does that of another
 * product, in the memory that both work in. */
TEST(kernel_gemm_overwrites_nan) {
    for (int i = 0; i < WAYS; i++) {
        Product other = product_create(16, 64, 1280, 2), p = product_of_way(i, 0);
        for (int64_t at = 0; at < 16 * 1280; at++) other.left[at] = (real)NAN;
        product_run(&other);
        for (int64_t r = 0; r < p.rows; r++)
            for (int64_t c = 0; c < p.columns; c++) {
                const int64_t at = GUARD + r * (p.columns + SPARE) + c;
                p.result[at] = p.before[at] = (real)NAN;
            }
        product_run(&p);
        product_check(&p, 7);
        product_release(&p);
        product_release(&other);
    }
}

/* One NaN in a factor reaches its row or its column, and nothing else. */
static void check_nan(int way, bool in_left) {
    Product p = product_of_way(way, 0);
    const int64_t row = p.rows * 2 / 3, column = p.columns * 2 / 3, k = p.depth / 2;
    if (in_left)
        p.left[row * p.depth + k] = (real)NAN;
    else
        p.right[p.right_transposed ? column * p.depth + k : k * p.columns + column] = (real)NAN;
    product_run(&p);
    bool spread = true;
    for (int64_t i = 0; i < p.rows; i++)
        for (int64_t j = 0; j < p.columns; j++) {
            const bool is_nan = isnan(p.result[GUARD + i * (p.columns + SPARE) + j]);
            spread &= is_nan == (in_left ? i == row : j == column);
        }
    CHECK(spread);
    product_release(&p);
}

TEST(kernel_gemm_nan_spreads) {
    for (int i = 0; i < WAYS; i++) {
        check_nan(i, true);
        check_nan(i, false);
    }
}

static void add_to_itself(const void *context, real *values, int64_t count) {
    (void)context;
    for (int64_t i = 0; i < count; i++) values[i] += values[i] * (real)0.1;
}

/* The same bits for 1 to 5 threads, with an epilogue. */
TEST(kernel_gemm_same_bits) {
    const int usual = omp_get_max_threads();
    for (int i = 0; i < WAYS; i++) {
        Product first = product_of_way(i, 8);
        for (int threads = 1; threads <= 5; threads++) {
            Product p = product_of_way(i, 8);
            const GemmMatrix left = gemm_matrix(p.left, p.depth);
            const GemmMatrix right = p.right_transposed ? gemm_transposed(p.right, p.depth)
                                                        : gemm_matrix(p.right, p.columns);
            const GemmOutput output = { p.result + GUARD, p.columns + SPARE };
            const Epilogue epilogue = { NULL, add_to_itself };
            omp_set_num_threads(threads);
            gemm_run(&(Gemm){ p.rows, p.columns, p.depth, gemm_left(&left), gemm_right(&right),
                              gemm_result(&output), false, p.bias, &epilogue });
            const size_t bytes = (size_t)p.result_elements * sizeof(real);
            if (threads == 1) memcpy(first.result, p.result, bytes);
            CHECK(!memcmp(p.result, first.result, bytes));
            product_release(&p);
        }
        product_release(&first);
    }
    omp_set_num_threads(usual);
}

/* Dot products are taken where they are the faster way, and issue and pack no more than they need.
 */
TEST(kernel_gemm_work_of_dot_products) {
    if (VECTOR_LANES < 8) return;
    Product p = product_create(4, 320, 2880, 2);
    const KernelWork before = kernel_work();
    product_run(&p);
    const KernelWork after = kernel_work();
    CHECK(after.multiply_adds - before.multiply_adds == 4 * 320 * 2880);
    CHECK(after.packed - before.packed == 4 * 2880);
    product_release(&p);
}

/* One that is cut in depth and one that is not. */
static void run_two_products(void) {
    Product p = product_create(100, 100, 25000, 0), q = product_create(200, 200, 200, 0);
    product_run(&p);
    product_run(&q);
    product_release(&p);
    product_release(&q);
}

TEST(kernel_gemm_workspace_is_reused) {
    omp_set_num_threads(2);
    workspace_release_all();
    CHECK(workspace_bytes() == 0);
    run_two_products();
    const int64_t before = workspace_system_allocations();
    CHECK(before > 0 && workspace_bytes() > 0);
    for (int i = 0; i < 5; i++) run_two_products();
    CHECK(workspace_system_allocations() == before);
    workspace_release_all();
    CHECK(workspace_bytes() == 0);
}
