/* The GPU's reductions at sizes of several blocks and chunks, against the CPU and for two orders of
 * threads; and the results for extreme values. */
#include "autograd/ops.h"
#include "hadnet/ops.h"
#include "nn/gradient_norm.h"
#include "nn/optimiser.h"
#include "nn/weight_average.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* ---- Many sizes ---- */

/* What each input is, for [rows, channels]: x and u like x; c and p by channel, p positive; r by
 * row; l labels; t one target for each row; w weights 0 or 1 by row. */
static ProbeInput input_of(char kind, int64_t rows, int64_t channels) {
    switch (kind) {
    case 'c':
        return (ProbeInput){ { channels }, -1, 1 };
    case 'p':
        return (ProbeInput){ { channels }, 0.5, 2 };
    case 'l':
        return (ProbeInput){ { rows }, 0, (double)channels - 1, PROBE_INTEGER };
    case 't':
        return (ProbeInput){ { rows, 1 }, 0, 1 };
    case 'w':
        return (ProbeInput){ { rows }, 0, 1, PROBE_INTEGER };
    case 'i':
        return (ProbeInput){ { 3, rows / 3 + 1, 1, channels }, -2, 3 };
    default:
        return (ProbeInput){ { rows, channels }, -2, 3 };
    }
}

typedef struct Reduction {
    const Op *op;
    const char *inputs;
    double argument;
} Reduction;

static const Reduction reductions[] = {
    { &sum_op, "x" },
    { &mean_op, "x" },
    { &mean_rows_op, "x" },
    { &global_average_pool_op, "i" },
    { &add_bias_op, "xc" },
    { &scale_channels_op, "xc" },
    { &batch_norm_op, "xpccp" },
    { &batch_norm_relu_op, "xpccp", true },
    { &batch_norm_add_relu_op, "xpccpu" },
    { &mean_squared_error_op, "xu" },
    { &softmax_op, "x" },
    { &softmax_cross_entropy_op, "xlp", 2 },
    { &segmentation_loss_op, "xlp", 2 },
    { &kl_divergence_op, "xu", 3 },
    { &afss_statistics_op, "xt" },
    { &reconstruction_loss_op, "xuw" },
};

static void check_size(const Device *gpu, const Reduction *reduction, int64_t rows,
                       int64_t channels) {
    OpRun found, again, expected;
    ProbeCase probe = { "a size", .arguments = { reduction->argument }, .training = true };
    test_case("gpu reduction %s, %lld rows of %lld", reduction->op->name, (long long)rows,
              (long long)channels);
    for (int i = 0; reduction->inputs[i]; i++)
        probe.inputs[i] = input_of(reduction->inputs[i], rows, channels);
    gpu_shuffle(1);
    const bool ran = case_run(gpu, reduction->op, &probe, false, &found);
    gpu_shuffle(2);
    if (ran && case_run(gpu, reduction->op, &probe, false, &again) &&
        case_run(device_cpu(), reduction->op, &probe, false, &expected)) {
        CHECK(case_same_bits(&again, &found));
        CHECK(case_near(&found, &expected));
        op_run_free(&expected);
        op_run_free(&again);
    }
    op_run_free(&found);
}

/* Several chunks of few, odd and many channels; a wide row that is cut short; one row. */
TEST(gpu_reductions_of_many_sizes) {
    const int64_t sizes[][2] = { { 1, 1 },     { 5, 1 },    { 5000, 1 }, { 2101, 3 }, { 1100, 13 },
                                 { 300, 15 },  { 300, 16 }, { 1, 64 },   { 700, 64 }, { 5, 131 },
                                 { 521, 131 }, { 1, 528 },  { 5, 528 },  { 513, 528 } };
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    memory_poison_released(true);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++)
            check_size(gpu, &reductions[i], sizes[size][0], sizes[size][1]);
    memory_poison_released(false);
}

/* ---- Extreme values ---- */

static Node *leaf(Graph *graph, const char *name, Shape shape, const real *values) {
    Node *node = graph_input(graph, name, shape);
    PROMISE(node, "no memory for a test");
    tensor_upload(&node->value, values);
    graph_want_gradient(node);
    return node;
}

static void run(Graph *graph, Node *loss) {
    Error error = { "" };
    graph_set_loss(graph, loss);
    if (graph_error(graph) || !graph_forward(graph, &error) || !graph_backward(graph, &error))
        test_fail(__FILE__, __LINE__, "%s", graph_error(graph) ? graph_error(graph) : error.text);
}

static double scalar(const Node *node) {
    real value = (real)NAN;
    tensor_download(&node->value, &value);
    return (double)value;
}

TEST(gpu_batch_norm_far_from_zero) {
    enum { ROWS = 4000 };
    static real x[2 * ROWS], y[2 * ROWS];
    const real ones[2] = { 1, 1 }, zeros[2] = { 0, 0 };
    double mean[2] = { 0 }, var[2] = { 0 };
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    for (int i = 0; i < 2 * ROWS; i++) {
        x[i] = (i % 2 ? -65536 : 65536) + (real)(i * 7919 % 1000) / 8;
        mean[i % 2] += (double)x[i] / ROWS;
    }
    for (int i = 0; i < 2 * ROWS; i++) var[i % 2] += pow((double)x[i] - mean[i % 2], 2) / ROWS;
    Graph *graph = graph_create(gpu, true);
    Node *normal = op_batch_norm(
        leaf(graph, "x", shape_2(ROWS, 2), x), leaf(graph, "weight", shape_1(2), ones),
        leaf(graph, "bias", shape_1(2), zeros), leaf(graph, "running mean", shape_1(2), zeros),
        leaf(graph, "running var", shape_1(2), ones), false);
    graph_keep(normal);
    CHECK(graph_forward(graph, NULL));
    tensor_download(&normal->value, y);
    for (int i = 0; i < 2 * ROWS; i++) {
        const double expected = ((double)x[i] - mean[i % 2]) / sqrt(var[i % 2] + 1e-5);
        if (!CHECK_NEAR((double)y[i], expected, 5e-4)) break;
    }
    graph_destroy(graph);
}

/* An odd first row, from which all values are measured, does no harm. */
TEST(gpu_batch_norm_odd_first_row) {
    enum { ROWS = 3000 };
    static real x[ROWS];
    real var;
    double mean = 0, squares = 0;
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    for (int i = 0; i < ROWS; i++) x[i] = i ? (real)(i * 7919 % 1000) / 1000 : 1000;
    for (int i = 0; i < ROWS; i++) mean += (double)x[i] / ROWS;
    for (int i = 0; i < ROWS; i++) squares += pow((double)x[i] - mean, 2);
    Graph *graph = graph_create(gpu, true);
    Node *running = leaf(graph, "running var", shape_1(1), &(real){ 0 });
    graph_keep(op_batch_norm_plain(leaf(graph, "x", shape_2(ROWS, 1), x),
                                   leaf(graph, "running mean", shape_1(1), &(real){ 0 }), running,
                                   false));
    CHECK(graph_forward(graph, NULL));
    tensor_download(&running->value, &var);
    CHECK_NEAR((double)var, 0.1 * squares / (ROWS - 1), 100 * (double)REAL_EPSILON);
    graph_destroy(graph);
}

TEST(gpu_losses_ignore_rows_with_any_logits) {
    const real logits[6] = { (real)NAN, (real)INFINITY, 1, 2, 3, -1 };
    const real labels[2][3] = { { 9, 0, 1 }, { 9, 9, 9 } };
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    for (int i = 0; i < 4; i++) {
        real gradient[6];
        const bool none = i / 2;
        Graph *graph = graph_create(gpu, true);
        Node *z = leaf(graph, "logits", shape_2(3, 2), logits);
        Node *y = leaf(graph, "labels", shape_1(3), labels[i / 2]);
        Node *loss =
            i % 2 ? segmentation_loss_part(op_segmentation_loss(z, y, NULL, 9), LOSS_SOFT_DICE)
                  : op_softmax_cross_entropy(z, y, NULL, 9);
        run(graph, loss);
        tensor_download(&z->gradient, gradient);
        CHECK(isfinite(scalar(loss)) && (scalar(loss) == 0) == none);
        CHECK(gradient[0] == 0 && gradient[1] == 0);
        for (int k = 2; k < 6; k++)
            CHECK(fabs((double)gradient[k]) <= 1 && (gradient[k] == 0) == none);
        graph_destroy(graph);
    }
}

TEST(gpu_losses_with_huge_logits) {
    const real logits[6] = { 10000, 0, 0, 10000, 10000, 9999 }, labels[3] = { 0, 0, 1 };
    const double p = exp(-1.0) / (1 + exp(-1.0));
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    real gradient[6];
    Graph *graph = graph_create(gpu, true);
    Node *z = leaf(graph, "logits", shape_2(3, 2), logits);
    Node *y = leaf(graph, "labels", shape_1(3), labels);
    Node *loss = op_softmax_cross_entropy(z, y, NULL, 255),
         *dice = segmentation_loss_part(op_segmentation_loss(z, y, NULL, 255), LOSS_SOFT_DICE);
    Node *kl = op_kl_divergence(z, leaf(graph, "teacher", shape_2(3, 2), logits), 4);
    graph_keep(loss);
    graph_keep(dice);
    graph_keep(kl);
    run(graph, op_add(loss, op_add(dice, kl)));
    CHECK_NEAR(scalar(loss), (0 + 10000 - log(p)) / 3, 10 * (double)REAL_EPSILON);
    CHECK_NEAR(scalar(kl), 0, 1e-6);
    CHECK(scalar(dice) > 0 && scalar(dice) < 1);
    tensor_download(&z->gradient, gradient);
    for (int i = 0; i < 6; i++) CHECK(fabs((double)gradient[i]) <= 2);
    graph_destroy(graph);
}

/* A sample of weight 0 takes no part, whatever it holds; nor does it touch its neighbours. */
TEST(gpu_reconstruction_loss_skips_samples) {
    enum { SAMPLES = 3, SIZE = 5 };
    real p[SAMPLES * SIZE], t[SAMPLES * SIZE], gradient[SAMPLES * SIZE];
    const real weights[SAMPLES] = { 1, 0, 1 };
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    for (int i = 0; i < SAMPLES * SIZE; i++) {
        p[i] = i / SIZE == 1 ? (real)NAN : 3;
        t[i] = 1;
    }
    Graph *graph = graph_create(gpu, true);
    Node *prediction = leaf(graph, "p", shape_2(SAMPLES, SIZE), p);
    Node *loss = op_reconstruction_loss(prediction, leaf(graph, "t", shape_2(SAMPLES, SIZE), t),
                                        leaf(graph, "w", shape_1(SAMPLES), weights));
    run(graph, loss);
    CHECK_NEAR(scalar(loss), 4, 10 * (double)REAL_EPSILON);
    tensor_download(&prediction->gradient, gradient);
    for (int i = 0; i < SAMPLES * SIZE; i++)
        CHECK_NEAR((double)gradient[i], i / SIZE == 1 ? 0 : 2.0 * 2 / SIZE / 2,
                   10 * (double)REAL_EPSILON);
    graph_destroy(graph);
}

/* ---- Sorts ---- */

/* More rows than one block sorts. Gradients are not checked here: of so many errors some are so
 * close that the check's step exchanges them. */
TEST(gpu_lovasz_softmax_of_many_rows_is_the_cpus) {
    static const ProbeCase many = { "many rows",
                                    { { { 3000, 3 }, -3, 3 }, { { 3000 }, 0, 2, PROBE_INTEGER } },
                                    { 255 } };
    const Device *gpu = gpu_for_tests();
    OpRun found, again, expected;
    if (!gpu) return;
    if (!case_run(gpu, &lovasz_softmax_op, &many, false, &found)) return;
    gpu_shuffle(7);
    if (!case_run(gpu, &lovasz_softmax_op, &many, false, &again)) return;
    if (!case_run(device_cpu(), &lovasz_softmax_op, &many, false, &expected)) return;
    CHECK(case_near(&found, &expected));
    CHECK(case_same_bits(&found, &again));
    op_run_free(&found);
    op_run_free(&again);
    op_run_free(&expected);
}

/* ---- Optimisers ---- */

enum { ELEMENTS = 5003, STEPS = 3 };

/* The values of a weight after some steps along gradients that are the same on every device. */
static void take_steps(const Device *device, const UpdateRule *rule, real *values) {
    static real gradient[ELEMENTS];
    const RuleTable rules = rule_table(rule);
    OptimiserOptions options = optimiser_options();
    options.momentum = 0.9;
    options.nesterov = true;
    options.weight_decay = 0.1;
    options.clip_norm = 3;
    ParameterSet *set = parameter_set_create(device, 1);
    Parameter *weight = parameter_add(set, "weight", PARAMETER_WEIGHT, shape_1(ELEMENTS));
    for (int i = 0; i < ELEMENTS; i++) values[i] = (real)sin(i);
    tensor_upload(&weight->value, values);
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < ELEMENTS; i++) gradient[i] = (real)cos(i * (step + 1));
        tensor_upload(&weight->gradient, gradient);
        CHECK(optimiser_step(optimiser, 0.01, NULL));
    }
    tensor_download(&weight->value, values);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

TEST(gpu_optimisers_step_as_the_cpu_does) {
    const UpdateRule *rules[] = { &rule_sgd, &rule_adam, &rule_adamw };
    static real found[ELEMENTS], expected[ELEMENTS];
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    for (int rule = 0; rule < 3; rule++) {
        test_case("gpu optimiser %s", rules[rule]->name);
        take_steps(gpu, rules[rule], found);
        take_steps(device_cpu(), rules[rule], expected);
        for (int i = 0; i < ELEMENTS; i++)
            if (!CHECK_NEAR((double)found[i], (double)expected[i], 20 * (double)REAL_EPSILON))
                break;
    }
}

/* The average after some steps, along values that are the same on every device. */
static void average_steps(const Device *device, real *values) {
    ParameterSet *set = parameter_set_create(device, 1);
    Parameter *weight = parameter_add(set, "weight", PARAMETER_WEIGHT, shape_1(ELEMENTS));
    WeightAverage *average = weight_average_create(set, 0.7, NULL);
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < ELEMENTS; i++) values[i] = (real)cos(i * (step + 1));
        tensor_upload(&weight->value, values);
        weight_average_prepare(average, step);
        weight_average_enqueue(average);
    }
    weight_average_exchange(average);
    tensor_download(&weight->value, values);
    weight_average_destroy(average);
    parameter_set_destroy(set);
}

TEST(gpu_weight_average_is_the_cpus) {
    static real found[ELEMENTS], expected[ELEMENTS];
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    average_steps(gpu, found);
    average_steps(device_cpu(), expected);
    for (int i = 0; i < ELEMENTS; i++)
        if (!CHECK_NEAR((double)found[i], (double)expected[i], 4 * (double)REAL_EPSILON)) break;
}

static double norm_of(const Device *device, int64_t n, real value, int64_t odd, real odd_value) {
    real result = -1;
    real *values = malloc((size_t)n * sizeof *values);
    PROMISE(values, "no memory for a test");
    for (int64_t i = 0; i < n; i++) values[i] = i == odd ? odd_value : value;
    Tensor gradient = tensor_create(device, shape_1(n)), norm = tensor_create(device, shape_1(1));
    tensor_upload(&gradient, values);
    gradient_norm(device, gradient.data, n, norm.data);
    tensor_download(&norm, &result);
    tensor_release(&gradient);
    tensor_release(&norm);
    free(values);
    return (double)result;
}

TEST(gpu_gradient_norm) {
    const int64_t sizes[] = { 1, 7, 4096, 4097, 100003 };
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t n = sizes[i];
        CHECK_NEAR(norm_of(gpu, n, (real)1e18, -1, 0) / 1e18, sqrt((double)n), 1e-6);
        CHECK(isnan(norm_of(gpu, n, 1, n - 1, (real)NAN)));
        CHECK(isinf(norm_of(gpu, n, 1, n / 2, -(real)INFINITY)));
    }
}
