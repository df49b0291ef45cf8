/* 05_gemm.c - a product of matrices in five ways, on a machine that counts what it loads.
 *
 *     ./build.sh run lessons/05_gemm.c
 *
 * All memory is one array. Reads and writes go through a simulated cache, so that the counts are the same
 * on every machine. The page beside this file explains them; ./hadnet_bench ladder has the times.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    N = 192,   /* c = a b, all N x N */
    LINE = 16, /* floats that memory gives at a time: 64 bytes */
    SETS = 64,
    WAYS = 8, /* the cache: 64 * 8 lines = 32 KB */
    ROWS = 4,
    COLUMNS = 16, /* the tile of c in registers */
    BLOCK = 48
};

/* Where the matrices and the packed copies lie. */
enum { A = 0, B = N * N, C = 2 * N * N, PACKED = 3 * N * N, MEMORY = 5 * N * N };

typedef struct Machine {
    float memory[MEMORY];
    int64_t line[SETS][WAYS]; /* the latest first; -1: none */
    int64_t accesses, fetched;
} Machine;

/* Of a set the line that was not used for the longest time makes room. */
static void touch(Machine *m, int at) {
    const int64_t line = at / LINE;
    int64_t *set = m->line[line % SETS];
    int way = 0;
    m->accesses++;
    while (way < WAYS - 1 && set[way] != line) way++;
    m->fetched += set[way] != line;
    memmove(set + 1, set, (size_t)way * sizeof *set);
    set[0] = line;
}

static float load(Machine *m, int at) {
    touch(m, at);
    return m->memory[at];
}

static void store(Machine *m, int at, float value) {
    touch(m, at);
    m->memory[at] = value;
}

/* ---- Five ways ---- */

/* c[i,j] = sum over k of a[i,k] b[k,j], as it is written. */
static void three_loops(Machine *m) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            float sum = 0;
            for (int k = 0; k < N; k++) sum += load(m, A + i * N + k) * load(m, B + k * N + j);
            store(m, C + i * N + j, sum);
        }
}

/* One number of a times a part of a row of b, added to a part of a row of c. */
static void add_row(Machine *m, int i, int k, int from, int to) {
    const float a = load(m, A + i * N + k);
    for (int j = from; j < to; j++)
        store(m, C + i * N + j, load(m, C + i * N + j) + a * load(m, B + k * N + j));
}

static void along_rows(Machine *m) {
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) add_row(m, i, k, 0, N);
}

/* The same for a block of b at a time, which stays in the cache for all rows of a. */
static void in_blocks(Machine *m) {
    for (int k0 = 0; k0 < N; k0 += BLOCK)
        for (int j0 = 0; j0 < N; j0 += BLOCK)
            for (int i = 0; i < N; i++)
                for (int k = k0; k < k0 + BLOCK; k++) add_row(m, i, k, j0, j0 + BLOCK);
}

/* Where the rows of a and the columns of b of a tile begin, how far the next row of a is, and how far the
 * next k of both; columns of b are neighbours. */
typedef struct Panels {
    int a, a_row, a_k, b, b_k;
} Panels;

/* ROWS x COLUMNS sums, which stay in registers for all k. */
static void compute_tile(Machine *m, const Panels *from, int i0, int j0) {
    float sum[ROWS][COLUMNS] = { { 0 } };
    for (int k = 0; k < N; k++) {
        float a[ROWS], b[COLUMNS];
        for (int i = 0; i < ROWS; i++) a[i] = load(m, from->a + i * from->a_row + k * from->a_k);
        for (int j = 0; j < COLUMNS; j++) b[j] = load(m, from->b + j + k * from->b_k);
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < COLUMNS; j++) sum[i][j] += a[i] * b[j];
    }
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++) store(m, C + (i0 + i) * N + j0 + j, sum[i][j]);
}

static void in_registers(Machine *m) {
    for (int i = 0; i < N; i += ROWS)
        for (int j = 0; j < N; j += COLUMNS) {
            const Panels whole = { A + i * N, N, 1, B + j, N };
            compute_tile(m, &whole, i, j);
        }
}

/* Copy b so that a panel of COLUMNS columns lies in the order in which a tile reads it, and a by ROWS rows. */
static void pack(Machine *m) {
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++) {
            const int panel = j / COLUMNS;
            store(m, PACKED + (panel * N + k) * COLUMNS + j % COLUMNS, load(m, B + k * N + j));
        }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            store(m, PACKED + N * N + (i / ROWS * N + k) * ROWS + i % ROWS, load(m, A + i * N + k));
}

/* A panel of b stays in the cache while all of a passes. */
static void packed(Machine *m) {
    pack(m);
    for (int j = 0; j < N; j += COLUMNS)
        for (int i = 0; i < N; i += ROWS) {
            const Panels panels = { PACKED + N * N + i * N, 1, ROWS, PACKED + j * N, COLUMNS };
            compute_tile(m, &panels, i, j);
        }
}

/* ---- Counting ---- */

typedef struct Way {
    const char *name;
    void (*run)(Machine *m);
} Way;

static const Way ways[] = { { "three loops", three_loops },
                            { "along the rows of b", along_rows },
                            { "in blocks of b", in_blocks },
                            { "a tile in registers", in_registers },
                            { "both packed", packed } };
enum { WAYS_TO_MULTIPLY = sizeof ways / sizeof *ways };

/* Whole numbers, so that every order of a sum gives the same. */
static void reset(Machine *m) {
    memset(m, 0, sizeof *m);
    memset(m->line, -1, sizeof m->line);
    for (int i = 0; i < N * N; i++) {
        m->memory[A + i] = (float)(i * 7 % 11 - 5);
        m->memory[B + i] = (float)(i * 5 % 13 - 6);
    }
}

static bool is_right(const Machine *m) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int sum = 0;
            for (int k = 0; k < N; k++)
                sum += (int)m->memory[A + i * N + k] * (int)m->memory[B + k * N + j];
            if ((float)sum != m->memory[C + i * N + j]) return false;
        }
    return true;
}

static const double multiply_adds = (double)N * N * N;

/* ---- Answers to the exercises ---- */

static bool answer_tile(void) {
    const int sides[][2] = { { 1, 1 }, { 4, 16 }, { 8, 48 } };
    printf("1. numbers loaded for a multiply-add:");
    for (int i = 0; i < 3; i++)
        printf(" %.2f (%dx%d)", 1.0 / sides[i][0] + 1.0 / sides[i][1], sides[i][0], sides[i][1]);
    printf("\n");
    return true;
}

static bool answer_packing(double fetched, double of_tiles) {
    const double lines = 4.0 * N * N / LINE; /* a and b once, and their copies */
    printf("2. packing reads and writes %.0f lines; %.0f more were fetched without it\n", lines,
           of_tiles - fetched);
    return of_tiles - fetched > lines;
}

int main(void) {
    static Machine machine;
    double fetched[WAYS_TO_MULTIPLY];
    bool good = true;
    printf("way                    accesses     lines fetched   right\n");
    printf("                   a multiply-add  for 1000 of them\n");
    for (int w = 0; w < WAYS_TO_MULTIPLY; w++) {
        reset(&machine);
        ways[w].run(&machine);
        const bool right = is_right(&machine);
        fetched[w] = (double)machine.fetched;
        printf("%-22s %10.2f   %15.1f   %s\n", ways[w].name,
               (double)machine.accesses / multiply_adds, 1000 * fetched[w] / multiply_adds,
               right ? "yes" : "no");
        good = good && right;
    }
    printf("\nanswers\n");
    good = answer_tile() && answer_packing(fetched[4], fetched[3]) && good;
    return good ? 0 : 1;
}
