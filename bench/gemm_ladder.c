/* gemm_ladder.c - implementations of a matrix product, from naive to the library's. */
#include "bench/ladder.h"
#include "tensor/error.h"
#include "tensor/integer.h"
#include "tensor/kernels/gemm.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* The definition. The inner loop walks down a column of b: every step reads another cache line, and
 * only one of its 16 numbers is used before the line is evicted. */
static void naive(int64_t n, const real *a, const real *b, real *c) {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            real sum = 0;
            for (int64_t k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
            c[i * n + j] = sum;
        }
}

/* The two inner loops exchanged: b and c are walked along their rows, and the compiler can
 * vectorise. Now every multiply-add loads and stores an element of c. */
static void rows_of_b(int64_t n, const real *a, const real *b, real *c) {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        real *restrict row = c + i * n;
        memset(row, 0, (size_t)n * sizeof *row);
        for (int64_t k = 0; k < n; k++)
            for (int64_t j = 0; j < n; j++) row[j] += a[i * n + k] * b[k * n + j];
    }
}

enum { BLOCK_DEPTH = 64, BLOCK_COLUMNS = 512 }; /* of b: 128 KiB of floats, in the second cache */

/* A block of b at a time, for 64 rows of a: every loaded element of b is used 64 times. The gain is
 * small where all of b fits the last-level cache anyway, as at 1024; and c is still loaded and
 * stored for every multiply-add. */
static void blocked(int64_t n, const real *a, const real *b, real *c) {
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < n; first += 64) {
        memset(c + first * n, 0, (size_t)(64 * n) * sizeof *c);
        for (int64_t j = 0; j < n; j += BLOCK_COLUMNS)
            for (int64_t k = 0; k < n; k += BLOCK_DEPTH)
                for (int64_t i = first; i < first + 64; i++) {
                    real *restrict row = c + i * n;
                    const int64_t end = smaller(j + BLOCK_COLUMNS, n);
                    for (int64_t kk = k; kk < k + BLOCK_DEPTH; kk++)
                        for (int64_t jj = j; jj < end; jj++)
                            row[jj] += a[i * n + kk] * b[kk * n + jj];
                }
    }
}

enum { TILE_ROWS = 4, TILE_COLUMNS = 2 * VECTOR_LANES };

/* TILE_ROWS x TILE_COLUMNS elements of c, summed in an array that the compiler keeps in registers:
 * c is stored once, and every loaded row of b is used TILE_ROWS times. */
static void tile(int64_t n, const real *a, const real *b, real *c) {
    real sums[TILE_ROWS][TILE_COLUMNS] = { { 0 } };
    for (int64_t k = 0; k < n; k++)
        for (int i = 0; i < TILE_ROWS; i++)
            for (int j = 0; j < TILE_COLUMNS; j++) sums[i][j] += a[i * n + k] * b[k * n + j];
    for (int i = 0; i < TILE_ROWS; i++) memcpy(c + i * n, sums[i], sizeof sums[i]);
}

static void register_tile(int64_t n, const real *a, const real *b, real *c) {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += TILE_ROWS)
        for (int64_t j = 0; j < n; j += TILE_COLUMNS) tile(n, a + i * n, b + j, c + i * n + j);
}

/* The same tile from a packed b: `packed` has the tile's columns one row after the other, so they
 * are read in whole cache lines, and from one page of memory instead of n. */
static void packed_tile(int64_t n, const real *a, const real *packed, real *c) {
    Vector sums[TILE_ROWS][2] = { { { 0 } } };
    for (int64_t k = 0; k < n; k++, packed += TILE_COLUMNS) {
        const Vector first = vector_load(packed), second = vector_load(packed + VECTOR_LANES);
        for (int i = 0; i < TILE_ROWS; i++) {
            sums[i][0] += a[i * n + k] * first;
            sums[i][1] += a[i * n + k] * second;
        }
    }
    for (int i = 0; i < TILE_ROWS; i++) {
        vector_store(c + i * n, sums[i][0]);
        vector_store(c + i * n + VECTOR_LANES, sums[i][1]);
    }
}

/* Columns of tiles, each packed once and used for all rows, with explicit vectors. */
static void packed(int64_t n, const real *a, const real *b, real *c) {
#pragma omp parallel
    {
        real *panel = aligned_alloc(64, (size_t)(n * TILE_COLUMNS) * sizeof *panel);
        if (!panel) memory_exhausted((size_t)(n * TILE_COLUMNS) * sizeof *panel);
#pragma omp for schedule(static)
        for (int64_t j = 0; j < n; j += TILE_COLUMNS) {
            for (int64_t k = 0; k < n; k++)
                vector_copy(panel + k * TILE_COLUMNS, b + k * n + j, TILE_COLUMNS);
            for (int64_t i = 0; i < n; i += TILE_ROWS)
                packed_tile(n, a + i * n, panel, c + i * n + j);
        }
        free(panel);
    }
}

/* The library's own: a and b packed, blocked for every cache, a tile as high as registers allow. */
static void final(int64_t n, const real *a, const real *b, real *c) {
    gemm(n, n, n, gemm_matrix(a, n), gemm_matrix(b, n), c, n, false, NULL);
}

const GemmRung gemm_ladder[] = {
    { "naive: three loops", naive },
    { "along the rows of b", rows_of_b },
    { "blocks of b in the cache", blocked },
    { "a tile in registers, plain C", register_tile },
    { "b packed, vectors", packed },
    { "final", final },
    { NULL, NULL },
};
