/* The network as a whole: its gradient, its memory, its weight file. */
#include "autograd/ops.h"
#include "hadnet/model/network_file.h"
#include "hadnet/training/training_graph.h"
#include "hyp/riemannian.h"
#include "nn/schedule.h"
#include "tensor/random.h"
#include "tensor/workspace.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *const names[] = { "background", "scratch \"deep\"", "\xc3\xa9\x63\x61ille" };

static NetworkOptions options_for(bool hyperbolic) {
    return (NetworkOptions){ .architecture = architecture_find("compact"),
                             .hyperbolic = hyperbolic,
                             .curvature = 0.1,
                             .ard = ARD_RANK,
                             .classes = 3,
                             .seed = 11 };
}

static void fill(Node *node, uint64_t seed, double low, double high, bool whole) {
    const int64_t n = shape_elements(&node->shape);
    real *values = malloc((size_t)n * sizeof *values);
    Random random = random_stream(seed, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) {
        const double value = random_between(&random, low, high);
        values[i] = (real)(whole ? floor(value) : value);
    }
    tensor_upload(&node->value, values);
    free(values);
}

static void fill_inputs(TrainingGraph *graph) {
    fill(graph->image, 1, -1, 1, false);
    fill(graph->labels, 2, 0, 3, true);
    if (!graph->twin) return;
    fill(graph->twin, 3, -1, 1, false);
    fill(graph->has_twin, 4, 1, 2, true);
}

static bool open_stage(TrainingGraph *graph, Network *network, int stage, int batch, int size) {
    Error error = { "" };
    network_set_stage(network, stage);
    const bool good =
        stage == 1
            ? training_graph_stage_1(graph, network, batch, size, (LossOptions){ 0 }, &error)
            : training_graph_stage_3(graph, network, batch, size, (LossOptions){ 0 }, &error);
    if (!good)
        test_fail(__FILE__, __LINE__, "%s", error.text);
    else
        fill_inputs(graph);
    return good;
}

static double loss_of(TrainingGraph *graph) {
    real loss;
    CHECK(graph_forward(graph->graph, NULL));
    tensor_download(&graph->loss->value, &loss);
    return (double)loss;
}

/* ---- The gradient of a whole stage along one random direction, in double ---- */

static double direction(const Parameter *parameter, int64_t i) {
    Random random = random_stream(parameter_name_hash(parameter->name), (uint64_t)i, 5, 0);
    return random_between(&random, -1, 1);
}

static void move(Network *network, double step) {
    for (int p = 0; p < network->parameters->count; p++) {
        Parameter *parameter = network->parameters->items[p];
        if (!parameter_is_trained(parameter)) continue;
        for (int64_t i = 0; i < shape_elements(&parameter->value.shape); i++)
            parameter->value.data[i] += (real)(step * direction(parameter, i));
    }
}

static double slope_by_gradient(const Network *network) {
    double slope = 0;
    for (int p = 0; p < network->parameters->count; p++) {
        const Parameter *parameter = network->parameters->items[p];
        if (!parameter_is_trained(parameter)) continue;
        for (int64_t i = 0; i < shape_elements(&parameter->value.shape); i++)
            slope += (double)parameter->gradient.data[i] * direction(parameter, i);
    }
    return slope;
}

static void check_slope(NetworkOptions options, int stage) {
    if (sizeof(real) != sizeof(double)) return;
    Network *network = network_create(&options, device_cpu(), NULL);
    TrainingGraph graph = { 0 };
    if (open_stage(&graph, network, stage, 3, 64)) {
        const double h = 1e-9;
        loss_of(&graph);
        CHECK(graph_backward(graph.graph, NULL));
        const double slope = slope_by_gradient(network);
        move(network, h);
        const double above = loss_of(&graph);
        move(network, -2 * h);
        const double below = loss_of(&graph);
        /* The step crosses a few of the kinks of relu, each worth a little. */
        CHECK_NEAR((above - below) / (2 * h) / slope, 1, 1e-3);
        CHECK(fabs(slope) > 1e-3);
    }
    training_graph_destroy(&graph);
    network_destroy(network);
}

TEST(network_gradient_stage_1) {
    check_slope(options_for(true), 1);
}

TEST(network_gradient_stage_1_euclidean) {
    check_slope(options_for(false), 1);
}

TEST(network_gradient_stage_3) {
    check_slope(options_for(true), 3);
}

TEST(network_gradient_top_down) {
    NetworkOptions options = options_for(true);
    options.architecture = architecture_with("compact", DECODER_TOP_DOWN);
    check_slope(options, 1);
    check_slope(options, 3);
}

/* Each 3x3 of the decoder is reached, and the file says which decoder it is. */
TEST(network_top_down_learns_in_all_its_layers) {
    char path[200];
    snprintf(path, sizeof path, "%s/weights.safetensors", test_folder());
    NetworkOptions options = options_for(true);
    options.architecture = architecture_with("compact", DECODER_TOP_DOWN);
    Network *network = network_create(&options, device_cpu(), NULL), *again;
    TrainingGraph graph = { 0 };
    if (open_stage(&graph, network, 1, 2, 64)) {
        loss_of(&graph);
        CHECK(graph_backward(graph.graph, NULL));
        for (int i = 0; i < 3; i++) {
            const Tensor *gradient = &network->head.merge[i].weight->gradient;
            double sum = 0;
            for (int64_t j = 0; j < shape_elements(&gradient->shape); j++)
                sum += fabs((double)gradient->data[j]);
            CHECK(sum > 1e-6);
        }
    }
    ModelCard card = model_card_create(64, names, 3), read = { 0 };
    CHECK(network_save(network, &card, path, NULL));
    again = network_open(path, device_cpu(), &read, NULL);
    CHECK(again && again->options.architecture == options.architecture);
    CHECK(!strcmp(options.architecture->name, "compact-top-down"));
    CHECK(architecture_with("wrn50", DECODER_SUM) == architecture_find("wrn50"));
    CHECK(!architecture_with("none", DECODER_SUM));
    model_card_free(&card);
    model_card_free(&read);
    training_graph_destroy(&graph);
    network_destroy(network);
    network_destroy(again);
}

/* ---- Steps ---- */

static void check_steps(int stage) {
    const NetworkOptions options = options_for(true);
    Network *network = network_create(&options, device_cpu(), NULL);
    const real curvature = (real)options.curvature;
    const UpdateRule points = rule_riemannian_adam(&curvature);
    const OptimiserOptions usual = optimiser_options();
    RuleTable rules = rule_table(&rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &points;
    TrainingGraph graph = { 0 };
    if (open_stage(&graph, network, stage, 2, 48)) {
        Optimiser *optimiser = optimiser_create(network->parameters, &rules, &usual, NULL);
        int64_t asked = 0;
        double first = 0, last = 0;
        for (int step = 0; step < 6; step++) {
            last = loss_of(&graph);
            if (step == 0) first = last;
            const double rate = 1e-3 * schedule_warm_up(20, step); /* as training begins */
            CHECK(graph_backward(graph.graph, NULL) && optimiser_step(optimiser, rate, NULL));
            const int64_t now =
                memory_use(device_cpu()).system_allocations + workspace_system_allocations();
            if (step > 0) CHECK(now == asked);
            asked = now;
        }
        CHECK(last < first);
        optimiser_destroy(optimiser);
    }
    training_graph_destroy(&graph);
    network_destroy(network);
}

TEST(network_steps_allocate_nothing_and_lower_the_loss) {
    check_steps(1);
    check_steps(3);
}

TEST(network_stage_3_begins_with_the_answer_of_stage_1) {
    const NetworkOptions options = options_for(true);
    Network *network = network_create(&options, device_cpu(), NULL);
    Graph *graph = graph_create(device_cpu(), false);
    Node *image = graph_input(graph, "image", shape_4(1, 33, 47, 3));
    Node *whole = network_infer(graph, network, image, false, 33, 47);
    Node *head = network_infer(graph, network, image, true, 33, 47);
    graph_keep(whole);
    graph_keep(head);
    fill(image, 1, -1, 1, false);
    CHECK(whole && graph_forward(graph, NULL));
    for (int64_t i = 0; whole && i < shape_elements(&whole->shape); i++)
        CHECK(whole->value.data[i] == head->value.data[i]);
    graph_destroy(graph);
    network_destroy(network);
}

/* ---- The weight file ---- */

TEST(network_file_round_trip) {
    char path[200];
    snprintf(path, sizeof path, "%s/weights.safetensors", test_folder());
    const NetworkOptions options = options_for(true);
    Network *network = network_create(&options, device_cpu(), NULL), *again = NULL;
    ModelCard card = model_card_create(200, names, 3), read = { 0 };
    Error error = { "" };
    network->selected[1][31] = 63;
    if (!network_save(network, &card, path, &error) ||
        !(again = network_open(path, device_cpu(), &read, &error)))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    for (int p = 0; again && p < network->parameters->count; p++) {
        const Parameter *a = network->parameters->items[p], *b = again->parameters->items[p];
        for (int64_t i = 0; i < shape_elements(&a->value.shape); i++)
            CHECK((float)a->value.data[i] == (float)b->value.data[i]);
    }
    if (again) {
        CHECK(again->selected[1][31] == 63 && read.size == 200 && read.classes == 3);
        for (int i = 0; i < 3; i++) CHECK(!strcmp(read.class_names[i], names[i]));
        CHECK(read.normalisation.mean[2] == card.normalisation.mean[2]);
        CHECK(again->options.curvature == 0.1 && again->options.hyperbolic);
    }
    model_card_free(&card);
    model_card_free(&read);
    network_destroy(network);
    network_destroy(again);
}

/* Options of the head that most files do not have. */
TEST(network_file_keeps_the_heads_options) {
    char path[256];
    snprintf(path, sizeof path, "%s/weights.safetensors", test_folder());
    NetworkOptions options = options_for(true);
    options.learn_curvature = options.temperature = true;
    options.clip = 1.5;
    Network *network = network_create(&options, device_cpu(), NULL), *again = NULL;
    ModelCard card = model_card_create(64, names, 3), read = { 0 };
    Error error = { "" };
    network->head.hyperplanes.scale->value.data[0] = (real)0.5;
    network->head.temperature->value.data[0] = (real)1.25;
    if (!network_save(network, &card, path, &error) ||
        !(again = network_open(path, device_cpu(), &read, &error)))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    CHECK(again->options.learn_curvature && again->options.temperature);
    CHECK(again->options.clip == 1.5 && (float)again->head.clip == 1.5f);
    CHECK(layer_hyperplane_curvature(&again->head.hyperplanes) == 0.25);
    CHECK(again->head.temperature->value.data[0] == (real)1.25);
    model_card_free(&card);
    model_card_free(&read);
    network_destroy(network);
    network_destroy(again);
}

TEST(network_file_refuses_bad_cards) {
    static const char *const bad[][2] = {
        { "format", "hadnet 1" },
        { "architecture", "huge" },
        { "space", "flat" },
        { "curvature", "0" },
        { "curvature", "nan" },
        { "curvature-learnt", "yes" },
        { "temperature-learnt", "2" },
        { "clip", "0" },
        { "clip", "nan" },
        { "classes", "1" },
        { "classes", "3.5" },
        { "classes", "1e9" },
        { "size", "-4" },
        { "mean", "1 2" },
        { "std", "0 0 0" },
        { "selected.0", "1 2 3" },
        { "selected.3", "9999" },
        { "ard", "perhaps" },
        { "class.1", "a\033[2J" },
        { "class.2", "a\xc2\x9b" },
        { "class.0", "" },
        { "size", "2049" },
        { "size", "inf" },
        { "size", "64.5" },
        { "classes", "256" },
        { "classes", "-3" },
        { "classes", "4611686018427387904" },
        { "curvature", "inf" },
        { "curvature", "1e400" },
        { "class.1", "two\nlines" },
        { "mean", "0 0 nan" },
        { "std", "1 1 1 1" },
        { "reduction", "" },
        { "selected.0", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 32" }, /* beyond the level */
        { "selected.0", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 14" }, /* twice */
        { "selected.0", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14" },    /* one too few */
        { "selected.0", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16" },
        { "selected.0", "-1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15" },
        { "selected.0", "0.5 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15" },
    };
    const NetworkOptions options = options_for(true);
    Network *network = network_create(&options, device_cpu(), NULL);
    ModelCard card = model_card_create(64, names, 3), read;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Metadata metadata = { 0 };
        Error error = { "" };
        test_case("a weight file whose %s is '%s' is refused", bad[i][0], bad[i][1]);
        model_card_write(&card, network, &metadata);
        metadata_set(&metadata, bad[i][0], bad[i][1]);
        Network *wrong = model_card_read(&metadata, "file", device_cpu(), &read, &error);
        CHECK(!wrong && strstr(error.text, "file") && strstr(error.text, bad[i][0]));
        if (wrong) model_card_free(&read);
        network_destroy(wrong);
        metadata_release(&metadata);
    }
    network_destroy(network);
    model_card_free(&card);
}

/* The Euclidean variant differs from the hyperbolic network in its formula alone. */
TEST(network_variants_start_alike) {
    NetworkOptions options = { .architecture = architecture_find("compact"),
                               .hyperbolic = true,
                               .curvature = 1e-6,
                               .ard = ARD_RANK,
                               .classes = 3,
                               .seed = 4 };
    Network *ball = network_create(&options, device_cpu(), NULL);
    options.hyperbolic = false;
    Network *flat = network_create(&options, device_cpu(), NULL);
    CHECK(ball->parameters->count == flat->parameters->count);
    for (int i = 0; i < ball->parameters->count; i++) {
        const Parameter *a = ball->parameters->items[i], *b = flat->parameters->items[i];
        CHECK(!strcmp(a->name, b->name) && a->kind == b->kind);
        CHECK(shape_equal(&a->value.shape, &b->value.shape));
        CHECK(!memcmp(a->value.data, b->value.data, tensor_bytes(&a->value)));
    }
    network_destroy(ball);
    network_destroy(flat);
}
