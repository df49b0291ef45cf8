/* The hyperplane op, which works on blocks of rows, against the formulas of one row: rows near and
 * far in one block, rows on the ray of a class, a NaN that stays in its row, and the memory saved
 * for backward.
 */
#include "autograd/graph_plan.h"
#include "hyp/hyperplane/hyperplane_finish.h"
#include "hyp/ops.h"
#include "tensor/random.h"
#include "tests/test.h"

enum { ROWS = 150, CLASSES = 7, N = 19 };

typedef struct Bench {
    Graph *graph;
    Node *u, *points, *normals, *logits;
    real cotangent[ROWS * CLASSES];
} Bench;

/* Class 2 lies near the boundary: gap 8e-3. Every fourth row lies on its ray, or nearly. */
enum { STEEP = 2 };

static void set_rays(Bench *bench) {
    real *p = bench->points->value.data + STEEP * N;
    const real norm = row_norm(p, N);
    for (int i = 0; i < N; i++) p[i] *= (real)0.996 / norm;
    for (int row = 1; row < ROWS; row += 4)
        for (int i = 0; i < N; i++) {
            real *u = &bench->u->value.data[row * N + i];
            *u = (real)(row % 3 + 2) * p[i] + (row % 5 ? 0 : *u * (real)0.1);
        }
}

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
    set_rays(bench);
    for (int i = 0; i < ROWS * CLASSES; i++)
        bench->cotangent[i] = (real)random_between(&random, -1, 1);
    bench->logits = op_hyperplane_logits(bench->u, bench->points, bench->normals, 1);
    graph_set_loss(bench->graph, bench->logits);
}

static void bench_run(Bench *bench) {
    Error error = { "" };
    CHECK(graph_forward(bench->graph, &error));
    CHECK(graph_backward_from(bench->graph, bench->cotangent, &error));
}

/* What one pair of a row and a class gives, by the formulas; the gradients are added to. */
typedef struct Pair {
    real output, du[N], dp[N], da[N];
    double size; /* of the terms of du; past hyperplane_asinh_slope an error is magnified */
} Pair;

static Pair pair_of(const Bench *bench, int row, int class) {
    Pair pair;
    real work[4 * N];
    const real *u = bench->u->value.data + row * N, *p = bench->points->value.data + class * N;
    const real *a = bench->normals->value.data + class * N;
    const real g = bench->cotangent[row * CLASSES + class];
    pair.output = hyperplane_single(u, p, a, N, 1, true, g, work, (Gradient){ pair.du, false },
                                    (Gradient){ pair.dp, false }, (Gradient){ pair.da, false });
    const Hyperplane plane = hyperplane_prepare(p, a, N, 1, true, work, work + N);
    const HyperplaneRow of_u = hyperplane_row(hyperplane_argument(u, N, 1));
    const real along = row_dot(u, work + N, N);
    const real scaled = hyperplane_scaled_sinh(&of_u, &plane, along);
    const HyperplaneGradient of = hyperplane_backward(&of_u, &plane, along, 1, g);
    pair.size = 0;
    for (int i = 0; i < N; i++)
        pair.size = fmax(pair.size,
                         (double)(fabs(of.of_direction * work[N + i]) + fabs(of.of_radius * u[i])));
    pair.size *= fmax(1, (double)hyperplane_asinh_slope(scaled, &of_u));
    if (hyperplane_cancels(&plane, scaled) && hyperplane_ray(u, p, work, N, &plane).near)
        pair.size = (double)row_norm(pair.du, N) / (double)plane.gap;
    return pair;
}

static void check_row(const Bench *bench, int row) {
    double du[N] = { 0 }, size = 0, off = 0;
    for (int k = 0; k < CLASSES; k++) {
        const Pair pair = pair_of(bench, row, k);
        const double found = (double)bench->logits->value.data[row * CLASSES + k];
        CHECK(fabs(found - (double)pair.output) <=
              40 * (double)REAL_EPSILON * fmax(1, fabs((double)pair.output)));
        for (int i = 0; i < N; i++) du[i] += (double)pair.du[i];
        size = fmax(size, pair.size);
    }
    for (int i = 0; i < N; i++)
        off = test_worse(off, fabs((double)bench->u->gradient.data[row * N + i] - du[i]));
    CHECK(off <= 40 * (double)REAL_EPSILON * size);
}

/* The gradients of a class: the sum of all rows', relative to the sum of their sizes. */
static void check_class(const Bench *bench, int class) {
    double dp[N] = { 0 }, da[N] = { 0 }, of_p = 0, of_a = 0, off_p = 0, off_a = 0;
    for (int row = 0; row < ROWS; row++) {
        const Pair pair = pair_of(bench, row, class);
        for (int i = 0; i < N; i++) dp[i] += (double)pair.dp[i], da[i] += (double)pair.da[i];
        of_p += (double)row_norm(pair.dp, N), of_a += (double)row_norm(pair.da, N);
    }
    for (int i = 0; i < N; i++) {
        const int64_t at = class * N + i;
        off_p = test_worse(off_p, fabs((double)bench->points->gradient.data[at] - dp[i]));
        off_a = test_worse(off_a, fabs((double)bench->normals->gradient.data[at] - da[i]));
    }
    const double gap = class == STEEP ? 8e-3 : 1;
    CHECK(off_p <= 40 * (double)REAL_EPSILON / gap * of_p);
    CHECK(off_a <= 40 * (double)REAL_EPSILON / gap * of_a);
}

TEST(hyp_hyperplane_op_equals_its_formulas) {
    Bench bench;
    bench_open(&bench);
    bench_run(&bench);
    for (int row = 0; row < ROWS; row++) {
        test_case("hyp hyperplane op, row %d", row);
        check_row(&bench, row);
    }
    for (int class = 0; class < CLASSES; class ++) {
        test_case("hyp hyperplane op, class %d", class);
        check_class(&bench, class);
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
        kept += shape_elements(&bench.logits->plan->saved_shapes[i]);
    const int64_t rows = 192; /* three blocks */
    CHECK(kept ==
          rows * (CLASSES + 1) + CLASSES * (4 * N + (int64_t)(sizeof(Hyperplane) / sizeof(real))));
    CHECK(bench.logits->op->multiply_adds(bench.logits) == ROWS * CLASSES * N);
    graph_destroy(bench.graph);
}
