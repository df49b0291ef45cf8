/* The hyperbolic ops on the GPU against the CPU, at sizes beyond the probes': several tiles with a
 * short last one, rows too long for a tile; and with the delicate rows of this geometry: the
 * origin, the boundary, tangent vectors of any length, NaN. */
#include "hyp/ball.h"
#include "hyp/ops.h"
#include "hyp/riemannian.h"
#include "tensor/random.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* What one input holds. Every curvature here is 1, so that e_1 lies on the boundary exactly, and
 * its gap is eps/2 however it is computed. */
typedef enum RowFill {
    POINTS,
    TANGENTS,
    CLASS_POINTS,
    CLASS_NORMALS,
    STEEP_POINTS, /* of classes, beside the boundary: gap 8e-3 */
    RAYS          /* tangents on the ray of a class's point, or nearly, or opposite to it */
} RowFill;

typedef struct HyperbolicOp {
    const char *name;
    int input_count;
    RowFill fill[3];
    Node *(*build)(Node *const *in);
} HyperbolicOp;

static Node *build_exp_map(Node *const *in) {
    return op_exp_map(in[0], in[1], 1);
}

static Node *build_exp_map_zero(Node *const *in) {
    return op_exp_map_zero(in[0], 1);
}

static Node *build_log_map(Node *const *in) {
    return op_log_map(in[0], in[1], 1);
}

static Node *build_log_map_zero(Node *const *in) {
    return op_log_map_zero(in[0], 1);
}

static Node *build_mobius_add(Node *const *in) {
    return op_mobius_add(in[0], in[1], 1);
}

static Node *build_mobius_add_same(Node *const *in) {
    return op_mobius_add(in[0], in[0], 1);
}

static Node *build_poincare_distance(Node *const *in) {
    return op_poincare_distance(in[0], in[1], 1);
}

static Node *build_feature_clip(Node *const *in) {
    return op_feature_clip(in[0], 2, 1);
}

static Node *build_hyperplane_logits(Node *const *in) {
    return op_hyperplane_logits(in[0], in[1], in[2], 1);
}

static Node *build_hyperplane_distances(Node *const *in) {
    return op_hyperplane_distances(in[0], in[1], in[2], 1);
}

static const HyperbolicOp ops[] = {
    { "exp_map", 2, { POINTS, TANGENTS }, build_exp_map },
    { "exp_map_zero", 1, { TANGENTS }, build_exp_map_zero },
    { "log_map", 2, { POINTS, POINTS }, build_log_map },
    { "log_map_zero", 1, { POINTS }, build_log_map_zero },
    { "mobius_add", 2, { POINTS, POINTS }, build_mobius_add },
    { "mobius_add, an input twice", 1, { POINTS }, build_mobius_add_same },
    { "poincare_distance", 2, { POINTS, POINTS }, build_poincare_distance },
    { "feature_clip", 1, { TANGENTS }, build_feature_clip },
    { "hyperplane_logits", 3, { TANGENTS, CLASS_POINTS, CLASS_NORMALS }, build_hyperplane_logits },
    { "hyperplane_distances",
      3,
      { TANGENTS, CLASS_POINTS, CLASS_NORMALS },
      build_hyperplane_distances },
    { "hyperplane_logits, on rays",
      3,
      { RAYS, STEEP_POINTS, CLASS_NORMALS },
      build_hyperplane_logits },
};

typedef struct HyperbolicCase {
    const HyperbolicOp *op;
    int64_t rows, n, classes;
    int64_t nan_row; /* -1: none */
} HyperbolicCase;

static void scaled_row(Random *random, real length, int64_t n, real *x) {
    for (int64_t i = 0; i < n; i++) x[i] = (real)random_normal(random);
    const real norm = row_norm(x, n);
    for (int64_t i = 0; i < n; i++) x[i] *= length / norm;
}

static bool fills_class(RowFill fill) {
    return fill == CLASS_POINTS || fill == CLASS_NORMALS || fill == STEEP_POINTS;
}

static void steep_point(int64_t class, int64_t n, real *x) {
    Random random = random_stream(25, (uint64_t) class, 0, 0);
    scaled_row(&random, (real)0.996, n, x);
}

/* Rows 0.5 to 4 times as long as p, sc|u| = 3.1 being where x meets p, every third a little beside
 * the ray; every fifth points away. */
static void ray_row(Random *random, int64_t row, int64_t class, int64_t n, real *x) {
    steep_point(class, n, x);
    const real factor = (real)(row % 5 == 4 ? -2 : random_between(random, 0.5, 4));
    const real beside = row % 3 ? 0 : (real)(row % 2 ? 0.05 : 0.004) / sqrt((real)n);
    for (int64_t i = 0; i < n; i++) x[i] = factor * x[i] + beside * (real)random_normal(random);
}

/* Of every eight rows, three are special: exactly zero, tiny, and on the boundary or 50 long. */
static void fill_row(Random *random, RowFill fill, int64_t row, int64_t n, real *x) {
    const real length = (real)random_between(random, 0.05, 0.8);
    const int64_t kind = fills_class(fill) ? 7 : (row + (int)fill) % 8;
    scaled_row(random, kind == 1 ? (real)1e-12 : length, n, x);
    if (kind == 0) memset(x, 0, (size_t)n * sizeof *x);
    if (fill == POINTS && kind == 2) {
        memset(x, 0, (size_t)n * sizeof *x);
        x[row % n] = 1;
    }
    if (fill == TANGENTS && (kind == 2 || kind == 3)) scaled_row(random, kind == 2 ? 50 : 5, n, x);
}

/* Perturb every element by one rounding, up or down at random. */
static void nudge_elements(Tensor *tensor, int nudge) {
    Random random = random_stream(24, (uint64_t)nudge, 0, 0);
    for (int64_t i = 0; i < shape_elements(&tensor->shape); i++)
        tensor->data[i] *= 1 + (random_uniform(&random) < 0.5 ? -REAL_EPSILON : REAL_EPSILON) / 2;
}

static Tensor case_input(const HyperbolicCase *test, int input, int nudge) {
    const RowFill fill = test->op->fill[input];
    const bool of_class = fills_class(fill);
    const int64_t rows = of_class ? test->classes : test->rows, n = test->n;
    Tensor tensor = tensor_create(device_cpu(), shape_2(rows, n));
    for (int64_t row = 0; row < rows; row++) {
        Random random = random_stream(21, (uint64_t)row, (uint64_t)input, 0);
        real *x = tensor.data + row * n;
        if (fill == STEEP_POINTS)
            steep_point(row, n, x);
        else if (fill == RAYS)
            ray_row(&random, row, row % test->classes, n, x);
        else
            fill_row(&random, fill, row, n, x);
    }
    if (!of_class && test->nan_row >= 0) tensor.data[test->nan_row * n + n / 2] = (real)NAN;
    if (nudge) nudge_elements(&tensor, 3 * nudge + input);
    return tensor;
}

/* The output and every gradient, one after the other, row by row. */
typedef struct HyperbolicResult {
    int parts;
    Tensor part[4]; /* on the host */
} HyperbolicResult;

static void keep(HyperbolicResult *result, const Tensor *tensor) {
    Tensor *copy = &result->part[result->parts++];
    *copy = tensor_create(device_cpu(), tensor->shape);
    tensor_download(tensor, copy->data);
}

/* nudge: 0, or which way the inputs are rounded once more. */
static HyperbolicResult hyperbolic_run(const Device *device, const HyperbolicCase *test,
                                       int nudge) {
    HyperbolicResult result = { 0 };
    Error error = { "" };
    Node *leaves[3];
    Graph *graph = graph_create(device, false);
    for (int i = 0; i < test->op->input_count; i++) {
        Tensor input = case_input(test, i, nudge);
        leaves[i] = graph_input(graph, "input", input.shape);
        graph_want_gradient(leaves[i]);
        tensor_copy(&leaves[i]->value, &input);
        tensor_release(&input);
    }
    Node *output = test->op->build(leaves);
    graph_keep(output);
    graph_set_loss(graph, output);
    Tensor cotangent = tensor_create(device_cpu(), output->shape);
    Random random = random_stream(22, 0, 0, 0);
    for (int64_t i = 0; i < shape_elements(&output->shape); i++)
        cotangent.data[i] = (real)random_between(&random, -1, 1);
    if (graph_forward(graph, &error) && graph_backward_from(graph, cotangent.data, &error)) {
        keep(&result, &output->value);
        for (int i = 0; i < test->op->input_count; i++) keep(&result, &leaves[i]->gradient);
    } else {
        test_fail(__FILE__, __LINE__, "%s: %s", device->name, error.text);
    }
    tensor_release(&cotangent);
    graph_destroy(graph);
    return result;
}

static void result_release(HyperbolicResult *result) {
    for (int i = 0; i < result->parts; i++) tensor_release(&result->part[i]);
}

/* The largest difference in a row over the largest element of the row; numbers against NaN, and
 * infinities against others, are infinitely far apart. */
static double row_distance(const real *a, const real *b, int64_t n) {
    double size = 1e-30, worst = 0;
    for (int64_t i = 0; i < n; i++)
        if (fabs((double)b[i]) > size) size = fabs((double)b[i]);
    for (int64_t i = 0; i < n; i++) {
        const bool same = a[i] == b[i] || (a[i] != a[i] && b[i] != b[i]);
        const double off = same ? 0 : fabs((double)a[i] - (double)b[i]) / size;
        worst = test_worse(worst, off);
    }
    return worst;
}

/* Outputs of one number per row are rows of one. */
static int64_t rows_of(const HyperbolicCase *test, const Tensor *part) {
    return part->shape.rank == 2 ? part->shape.size[0] : test->rows;
}

enum { NUDGES = 3 };

/* The change of the CPU's row when its inputs are perturbed by one rounding. If terms of a row
 * cancel (far from the origin, beside the boundary or a hyperplane) no order of additions is the
 * right one; two devices, whose exp and tanh differ too, may differ by as much. */
typedef struct Movement {
    HyperbolicResult moved[NUDGES];
} Movement;

static Movement movement_measure(const HyperbolicCase *test) {
    Movement movement;
    for (int i = 0; i < NUDGES; i++) movement.moved[i] = hyperbolic_run(device_cpu(), test, i + 1);
    return movement;
}

static double movement_of_row(const Movement *movement, const Tensor *cpu, int part, int64_t at,
                              int64_t n) {
    double worst = 0;
    for (int i = 0; i < NUDGES; i++)
        worst =
            fmax(worst, row_distance(movement->moved[i].part[part].data + at, cpu->data + at, n));
    return worst;
}

static double largest_of(const Tensor *part) {
    double largest = 0;
    for (int64_t i = 0; i < shape_elements(&part->shape); i++)
        if (fabs((double)part->data[i]) > largest) largest = fabs((double)part->data[i]);
    return largest;
}

/* In one dimension a normal has no direction that could change: its gradient is zero but for
 * rounding, and has no size of its own. */
static void compare_with_zero(const Tensor *gpu, const HyperbolicResult *cpu) {
    double size = 0, worst = 0;
    for (int part = 0; part < cpu->parts; part++) size = fmax(size, largest_of(&cpu->part[part]));
    for (int64_t i = 0; i < shape_elements(&gpu->shape); i++)
        worst = test_worse(worst, fabs((double)gpu->data[i]));
    CHECK(worst <= 300 * (double)REAL_EPSILON * size);
}

static void compare_part(const HyperbolicCase *test, const Movement *movement, int part,
                         const Tensor *gpu, const Tensor *cpu) {
    const int64_t rows = rows_of(test, cpu), n = shape_elements(&cpu->shape) / rows;
    for (int64_t row = 0; row < rows; row++) {
        const double off = row_distance(gpu->data + row * n, cpu->data + row * n, n);
        const double accepted =
            fmax(300 * (double)REAL_EPSILON, 30 * movement_of_row(movement, cpu, part, row * n, n));
        if (off <= accepted) continue;
        test_fail(__FILE__, __LINE__, "part %d, row %lld: off by %g eps", part, (long long)row,
                  off / (double)REAL_EPSILON);
        return;
    }
}

static void compare(const HyperbolicCase *test, const HyperbolicResult *gpu,
                    const HyperbolicResult *cpu) {
    Movement movement = movement_measure(test);
    CHECK(gpu->parts == cpu->parts && cpu->parts > 0);
    for (int part = 0; part < gpu->parts && part < cpu->parts; part++)
        if (test->n == 1 && largest_of(&cpu->part[part]) == 0)
            compare_with_zero(&gpu->part[part], cpu);
        else
            compare_part(test, &movement, part, &gpu->part[part], &cpu->part[part]);
    for (int i = 0; i < NUDGES; i++) result_release(&movement.moved[i]);
}

static void run_case(const Device *gpu, const HyperbolicCase *test) {
    test_case("gpu hyperbolic %s, %lld rows of %lld%s", test->op->name, (long long)test->rows,
              (long long)test->n, test->nan_row < 0 ? "" : ", one NaN");
    HyperbolicResult found = hyperbolic_run(gpu, test, 0),
                     expected = hyperbolic_run(device_cpu(), test, 0);
    compare(test, &found, &expected);
    /* A row of NaN stays alone: all others are numbers, in the output and the row's own gradient.
     */
    for (int part = 0; test->nan_row >= 0 && part < 2 && found.parts == expected.parts; part++) {
        const int64_t n = shape_elements(&found.part[part].shape) / test->rows;
        for (int64_t i = 0; i < test->rows * n; i++)
            if (i / n != test->nan_row && !(fabs(found.part[part].data[i]) <= REAL_MAX)) {
                test_fail(__FILE__, __LINE__, "part %d: element %lld is not finite", part,
                          (long long)i);
                break;
            }
        const real *row = found.part[part].data + test->nan_row * n;
        CHECK(row[n / 2] != row[n / 2]);
    }
    result_release(&found);
    result_release(&expected);
}

TEST(gpu_hyperbolic_rows) {
    static const int64_t sizes[][3] = { /* rows, n, classes */
                                        { 1000, 1, 3 },   { 1000, 2, 1 },  { 1000, 3, 4 },
                                        { 1, 64, 5 },     { 3, 64, 2 },    { 1000, 64, 5 },
                                        { 1000, 67, 3 },  { 70, 300, 13 }, { 3, 5000, 3 },
                                        { 150, 5000, 2 }, { 70, 6, 900 }
    };
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof ops / sizeof *ops; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            if (sizes[k][2] == 900 && ops[i].input_count < 3) continue; /* many classes */
            const HyperbolicCase test = { &ops[i], sizes[k][0], sizes[k][1], sizes[k][2], -1 };
            run_case(gpu, &test);
        }
}

TEST(gpu_hyperbolic_nan_rows) {
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof ops / sizeof *ops; i++) {
        const HyperbolicCase tiled = { &ops[i], 100, 6, 3, 37 },
                             in_memory = { &ops[i], 5, 4000, 2, 3 };
        run_case(gpu, &tiled);
        run_case(gpu, &in_memory);
    }
}

/* ---- Optimisers ---- */

typedef struct Points {
    Tensor value, gradient, moments[2];
} Points;

static Tensor upload(const Device *device, const Tensor *host) {
    Tensor tensor = tensor_create(device, host->shape);
    tensor_copy(&tensor, host);
    return tensor;
}

static Points points_create(const Device *device, int64_t rows, int64_t n) {
    Points points;
    Tensor value = tensor_create(device_cpu(), shape_2(rows, n));
    Tensor gradient = tensor_create(device_cpu(), shape_2(rows, n));
    for (int64_t row = 0; row < rows; row++) {
        Random random = random_stream(23, (uint64_t)row, 0, 0);
        real *p = value.data + row * n;
        scaled_row(&random, (real)random_between(&random, 0.1, 0.9), n, p);
        if (row % 4 == 1) memset(p, 0, (size_t)n * sizeof *p);
        scaled_row(&random, (real)(row % 4 == 2 ? 1e4 : 1), n, gradient.data + row * n);
        if (row % 4 == 3) memset(gradient.data + row * n, 0, (size_t)n * sizeof *p);
    }
    points.value = upload(device, &value);
    points.gradient = upload(device, &gradient);
    points.moments[0] = tensor_create(device, value.shape);
    points.moments[1] = tensor_create(device, shape_1(rows));
    tensor_zero(&points.moments[0]);
    tensor_zero(&points.moments[1]);
    tensor_release(&value);
    tensor_release(&gradient);
    return points;
}

static void points_step(Points *points, const UpdateRule *rule, const Device *device, int step) {
    const UpdateSettings settings = {
        .learning_rate = (real)0.1,
        .gradient_scale = (real)0.5,
        .beta1 = (real)0.9,
        .beta2 = (real)0.999,
        .one_minus_beta1 = (real)(1 - 0.9),
        .one_minus_beta2 = (real)(1 - 0.999),
        .correction1 = (real)(1 - pow(0.9, step)),
        .root_correction2 = (real)sqrt(1 - pow(0.999, step)),
        .epsilon = (real)1e-8,
        .go = 1,
    };
    Tensor there = tensor_create(device, shape_1(sizeof settings / sizeof(real)));
    tensor_upload(&there, (const real *)&settings);
    const Update update = { points->value.shape,
                            points->value.data,
                            points->gradient.data,
                            { points->moments[0].data, points->moments[1].data },
                            (const UpdateSettings *)there.data,
                            rule->context };
    update_kernel(rule, device)(&update);
    tensor_release(&there);
}

static void check_equal_rows(const Tensor *found, const Tensor *expected, int64_t rows) {
    const int64_t n = shape_elements(&expected->shape) / rows;
    real *host = malloc(tensor_bytes(found));
    PROMISE(host, "no memory for a test");
    tensor_download(found, host);
    for (int64_t row = 0; row < rows; row++)
        CHECK(row_distance(host + row * n, expected->data + row * n, n) <=
              300 * (double)REAL_EPSILON);
    free(host);
}

static void points_release(Points *points) {
    tensor_release(&points->value);
    tensor_release(&points->gradient);
    tensor_release(&points->moments[0]);
    tensor_release(&points->moments[1]);
}

TEST(gpu_hyperbolic_optimisers) {
    static const int64_t sizes[][2] = { { 1, 1 }, { 5, 3 }, { 3, 64 }, { 300, 64 }, { 2, 5000 } };
    const real curvature = (real)0.9;
    const UpdateRule rules[2] = { rule_riemannian_sgd(&curvature),
                                  rule_riemannian_adam(&curvature) };
    const Device *gpu = gpu_for_tests();
    for (int k = 0; gpu && k < 10; k++) {
        const UpdateRule *rule = &rules[k % 2];
        const int64_t rows = sizes[k / 2][0], n = sizes[k / 2][1];
        test_case("gpu hyperbolic %s, %lld points of %lld", rule->name, (long long)rows,
                  (long long)n);
        Points found = points_create(gpu, rows, n), expected = points_create(device_cpu(), rows, n);
        for (int step = 1; step <= 3; step++) {
            points_step(&found, rule, gpu, step);
            points_step(&expected, rule, device_cpu(), step);
        }
        check_equal_rows(&found.value, &expected.value, rows);
        check_equal_rows(&found.moments[0], &expected.moments[0], rows);
        check_equal_rows(&found.moments[1], &expected.moments[1], rows);
        points_release(&found);
        points_release(&expected);
    }
}
