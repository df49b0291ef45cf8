/* The op that passes over blocks of rows against the formulas of one row: rows near and far in one
 * block, a NaN that stays in its row, and how much is kept for backward. */
#include "hyp/hyperplane.h"
#include "hyp/ops.h"
#include "tensor/random.h"
#include "tests/test.h"

enum { ROWS = 150, CLASSES = 7, N = 19 };

typedef struct Bench {
    Graph *graph;
    Node *u, *points, *normals, *logits;
    real cotangent[ROWS * CLASSES];
} Bench;

/* Rows of lengths 0 to 1e18, in no order: some of a block are beyond HYPERPLANE_FAR. */
static void bench_open(Bench *bench) {
    Random random = random_stream(31, 0, 0, 0);
    bench->graph = graph_create(device_cpu(), true);
    bench->u = graph_input(bench->graph, "u", shape_2(ROWS, N));
    bench->points = graph_input(bench->graph, "points", shape_2(CLASSES, N));
    bench->normals = graph_input(bench->graph, "normals", shape_2(CLASSES, N));
    Node *leaves[] = { bench->u, bench->points, bench->normals };
    for (int i = 0; i < 3; i++) {
        PROMISE(leaves[i], "no memory for a test");
        graph_want_gradient(leaves[i]);
        for (int64_t k = 0; k < shape_elements(&leaves[i]->shape); k++)
            leaves[i]->value.data[k] = (real)random_between(&random, -0.15, 0.15);
    }
    for (int row = 0; row < ROWS; row++) {
        const double length = row % 11 == 0 ? 0 : pow(10, row * 7 % 30 - 12);
        for (int i = 0; i < N; i++) bench->u->value.data[row * N + i] *= (real)length;
    }
    for (int i = 0; i < ROWS * CLASSES; i++)
        bench->cotangent[i] = (real)random_between(&random, -1, 1);
    bench->logits = hyperplane_logits(bench->u, bench->points, bench->normals, 1);
    graph_set_loss(bench->graph, bench->logits);
}

static void bench_run(Bench *bench) {
    Error error = { "" };
    CHECK(graph_forward(bench->graph, &error));
    CHECK(graph_backward_from(bench->graph, bench->cotangent, &error));
}

static void check_row(const Bench *bench, int row) {
    const real *u = bench->u->value.data + row * N;
    const HyperplaneRow of_u = hyperplane_row(hyperplane_argument(u, N, 1));
    double du[N] = { 0 }, size = 0, off = 0;
    for (int k = 0; k < CLASSES; k++) {
        real normal[N], w[N];
        const Hyperplane plane =
            hyperplane_prepare(bench->points->value.data + k * N,
                               bench->normals->value.data + k * N, N, 1, true, normal, w);
        const real along = row_dot(u, w, N);
        const real scaled = hyperplane_scaled_sinh(&of_u, &plane, along);
        const HyperplaneGradient g =
            hyperplane_backward(&of_u, &plane, along, 1, bench->cotangent[row * CLASSES + k]);
        const double logit = (double)(plane.weight * hyperplane_asinh(scaled, &of_u));
        const double found = (double)bench->logits->value.data[row * CLASSES + k];
        CHECK(fabs(found - logit) <= 40 * (double)REAL_EPSILON * fmax(1, fabs(logit)));
        /* By the slope an error of s is magnified, beside a hyperplane without limit. */
        const double magnified = fmax(1, (double)hyperplane_asinh_slope(scaled, &of_u));
        for (int i = 0; i < N; i++) {
            const double of_w = (double)(g.of_direction * w[i]),
                         of_x = (double)(g.of_radius * u[i]);
            du[i] += of_w + of_x;
            size = fmax(size, magnified * (fabs(of_w) + fabs(of_x)));
        }
    }
    for (int i = 0; i < N; i++)
        off = test_worse(off, fabs((double)bench->u->gradient.data[row * N + i] - du[i]));
    CHECK(off <= 40 * (double)REAL_EPSILON * size);
}

TEST(hyp_hyperplane_op_equals_its_formulas) {
    Bench bench;
    bench_open(&bench);
    bench_run(&bench);
    for (int row = 0; row < ROWS; row++) {
        test_case("hyp hyperplane op, row %d", row);
        check_row(&bench, row);
    }
    graph_destroy(bench.graph);
}

TEST(hyp_hyperplane_op_keeps_a_nan_in_its_row) {
    enum { BAD = 70 };
    Bench bench;
    bench_open(&bench);
    bench.u->value.data[BAD * N + 3] = (real)NAN;
    bench_run(&bench);
    for (int row = 0; row < ROWS; row++) {
        for (int k = 0; k < CLASSES; k++)
            CHECK(isnan(bench.logits->value.data[row * CLASSES + k]) == (row == BAD));
        for (int i = 0; i < N; i++)
            CHECK(isnan(bench.u->gradient.data[row * N + i]) == (row == BAD));
    }
    for (int i = 0; i < CLASSES * N; i++)
        CHECK(isnan(bench.points->gradient.data[i]) && isnan(bench.normals->gradient.data[i]));
    graph_destroy(bench.graph);
}

/* What forward keeps per row is one number for each class and one more. */
TEST(hyp_hyperplane_op_keeps_little) {
    Bench bench;
    bench_open(&bench);
    int64_t kept = 0;
    for (int i = 0; i < bench.logits->saved_count; i++)
        kept += shape_elements(&bench.logits->saved_shapes[i]);
    const int64_t rows = 192; /* three blocks */
    CHECK(kept ==
          rows * (CLASSES + 1) + CLASSES * (4 * N + (int64_t)(sizeof(Hyperplane) / sizeof(real))));
    CHECK(bench.logits->op->multiply_adds(bench.logits) == ROWS * CLASSES * N);
    graph_destroy(bench.graph);
}
