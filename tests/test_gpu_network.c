/* HADNet's training steps on the GPU: the loss, every gradient and every moment as on the CPU; and
 * the same bits when the step is recorded and replayed. */
#include "hadnet/training/training_graph.h"
#include "hyp/riemannian.h"
#include "tensor/random.h"
#include "tensor/recording.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, SIZE = 64, CLASSES = 3 };

/* A network, the graph of one stage and an optimiser, on one device. */
typedef struct Training {
    Network *network;
    TrainingGraph graph;
    Optimiser *optimiser;
    UpdateRule points;
    real curvature;
} Training;

static void fill(const Node *node, uint64_t seed, double low, double high, bool whole) {
    if (!node) return;
    const int64_t n = shape_elements(&node->shape);
    real *values = malloc((size_t)n * sizeof *values);
    PROMISE(values, "no memory for a test");
    Random random = random_stream(seed, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) {
        const double value = random_between(&random, low, high);
        values[i] = (real)(whole ? floor(value) : value);
    }
    tensor_upload(&node->value, values);
    free(values);
}

static void training_open(Training *training, const Device *device, int stage) {
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.1,
                                     .ard = ARD_RANK,
                                     .classes = CLASSES,
                                     .seed = 11 };
    const OptimiserOptions usual = optimiser_options();
    *training = (Training){ .network = network_create(&options, device, NULL),
                            .curvature = (real)options.curvature };
    training->points = rule_riemannian_adam(&training->curvature);
    RuleTable rules = rule_table(&rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &training->points;
    network_set_stage(training->network, stage);
    training->optimiser = optimiser_create(training->network->parameters, &rules, &usual, NULL);
    Error error = { "" };
    TrainingGraph *graph = &training->graph;
    if (!(stage == 1 ? training_graph_stage_1(graph, training->network, BATCH, SIZE,
                                              (LossOptions){ 0 }, &error)
                     : training_graph_stage_3(graph, training->network, BATCH, SIZE,
                                              (LossOptions){ 0 }, &error)))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    fill(graph->image, 1, -1, 1, false);
    fill(graph->labels, 2, 0, CLASSES, true);
    fill(graph->twin, 3, -1, 1, false);
    fill(graph->has_twin, 4, 1, 2, true);
}

static void training_close(Training *training) {
    training_graph_destroy(&training->graph);
    optimiser_destroy(training->optimiser);
    network_destroy(training->network);
}

static bool enqueue_step(void *context, Error *error) {
    Training *training = context;
    if (!graph_forward(training->graph.graph, error) ||
        !graph_backward(training->graph.graph, error))
        return false;
    optimiser_enqueue(training->optimiser);
    return true;
}

static double loss_of(const Training *training) {
    real loss;
    tensor_download(&training->graph.loss->value, &loss);
    return (double)loss;
}

static real *on_host(const Tensor *tensor) {
    real *values = malloc(tensor_bytes(tensor) + 1);
    PROMISE(values, "no memory for a test");
    tensor_download(tensor, values);
    return values;
}

/* The largest difference of two tensors, as a share of the largest element. */
static double distance(const Tensor *found, const Tensor *expected) {
    real *a = on_host(found), *b = on_host(expected);
    const int64_t n = shape_elements(&expected->shape);
    double size = 1e-30, worst = 0;
    for (int64_t i = 0; i < n; i++) size = fmax(size, fabs((double)b[i]));
    for (int64_t i = 0; i < n; i++) {
        const double off = fabs((double)a[i] - (double)b[i]) / size;
        worst = test_worse(worst, off);
    }
    free(a);
    free(b);
    return worst;
}

/* A gradient that is zero but for rounding (a bias before a batch norm) has no size of its own. */
static void compare_sets(const char *what, const ParameterSet *found, const ParameterSet *expected,
                         bool gradients, double tolerance) {
    CHECK(found->count == expected->count);
    for (int i = 0; i < expected->count; i++) {
        const Parameter *a = found->items[i], *b = expected->items[i];
        if (gradients && !parameter_is_trained(b)) continue;
        const double off =
            gradients ? distance(&a->gradient, &b->gradient) : distance(&a->value, &b->value);
        if (!(off <= tolerance))
            test_fail(__FILE__, __LINE__, "%s of %s: off by %g of the largest; accepted %g", what,
                      b->name, off, tolerance);
    }
}

/* In float the two round differently, and here and there a maximum falls on its other side: the
 * coarsest level has 8 pixels, so that shows. In double they agree to nine digits. */
static void check_step(int stage) {
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    const double tolerance = sizeof(real) == sizeof(double) ? 1e-9 : 0.1;
    Training here, there;
    gpu->round_products(false);
    training_open(&there, device_cpu(), stage);
    training_open(&here, gpu, stage);
    Training *both[] = { &here, &there };
    for (int i = 0; i < 2; i++)
        CHECK(optimiser_prepare(both[i]->optimiser, 1e-3, NULL) && enqueue_step(both[i], NULL) &&
              optimiser_finish(both[i]->optimiser, NULL));
    CHECK_NEAR(loss_of(&here), loss_of(&there), sizeof(real) == sizeof(double) ? 1e-10 : 1e-4);
    compare_sets("gradient", here.network->parameters, there.network->parameters, true, tolerance);
    compare_sets("moment", here.optimiser->state, there.optimiser->state, false, 2 * tolerance);
    training_close(&here);
    training_close(&there);
    gpu->round_products(true);
}

TEST(gpu_network_stage_1_step_as_on_the_cpu) {
    check_step(1);
}

TEST(gpu_network_stage_3_step_as_on_the_cpu) {
    gpu_leave_open(true);
    check_step(3);
    gpu_leave_open(false);
}

/* Four steps, recorded or not; once in between all cached memory is given back. */
static uint64_t bits_after_steps(const Device *gpu, bool recorded) {
    Training training;
    training_open(&training, gpu, 1);
    Recording recording = recording_create(gpu);
    for (int step = 0; step < 4; step++) {
        fill(training.graph.image, 50 + (uint64_t)step, -1, 1, false);
        if (step == 3) memory_trim(gpu);
        CHECK(optimiser_prepare(training.optimiser, 1e-3, NULL));
        CHECK(recorded ? recording_run(&recording, enqueue_step, &training, NULL)
                       : enqueue_step(&training, NULL));
        CHECK(optimiser_finish(training.optimiser, NULL));
    }
    uint64_t hash = 0xcbf29ce484222325u;
    for (int p = 0; p < training.network->parameters->count; p++) {
        const Tensor *value = &training.network->parameters->items[p]->value;
        real *host = on_host(value);
        const unsigned char *bytes = (const unsigned char *)host;
        for (size_t i = 0; i < tensor_bytes(value); i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
        free(host);
    }
    recording_destroy(&recording);
    training_close(&training);
    return hash;
}

TEST(gpu_network_recorded_steps_give_the_same_bits) {
    const Device *gpu = gpu_for_tests();
    gpu_leave_open(true);
    if (gpu) CHECK(bits_after_steps(gpu, true) == bits_after_steps(gpu, false));
    gpu_leave_open(false);
}
