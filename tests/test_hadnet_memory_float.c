/* The memory of a training step of the compact network at its usual size. */
#include "hadnet/training/training_graph.h"
#include "nn/optimiser.h"
#include "tensor/workspace.h"
#include "tests/test.h"

static const size_t LIMIT = 1500u << 20;

static size_t step_bytes(int stage) {
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.01,
                                     .ard = ARD_RANK,
                                     .classes = 4,
                                     .seed = 1 };
    memory_trim(device_cpu());
    workspace_release_all();
    Network *network = network_create(&options, device_cpu(), NULL);
    const RuleTable rules = rule_table(&rule_adam);
    const OptimiserOptions usual = optimiser_options();
    network_set_stage(network, stage);
    Optimiser *optimiser = optimiser_create(network->parameters, &rules, &usual, NULL);
    TrainingGraph graph = { 0 };
    CHECK(stage == 1 ? training_graph_stage_1(&graph, network, 8, 256, (LossOptions){ 0 }, NULL)
                     : training_graph_stage_3(&graph, network, 8, 256, (LossOptions){ 0 }, NULL));
    tensor_zero(&graph.image->value);
    tensor_zero(&graph.labels->value);
    if (graph.twin) tensor_zero(&graph.twin->value);
    if (graph.twin) tensor_zero(&graph.has_twin->value);
    CHECK(graph_forward(graph.graph, NULL) && graph_backward(graph.graph, NULL));
    CHECK(optimiser_step(optimiser, 1e-3, NULL));
    /* Nothing has been given back to the system: this is all it took. */
    const MemoryUse use = memory_use(device_cpu());
    const size_t bytes = use.live_bytes + use.cached_bytes + workspace_bytes();
    training_graph_destroy(&graph);
    optimiser_destroy(optimiser);
    network_destroy(network);
    return bytes;
}

TEST(memory_of_a_stage_1_step) {
    CHECK(step_bytes(1) <= LIMIT);
}

TEST(memory_of_a_stage_3_step) {
    CHECK(step_bytes(3) <= LIMIT);
}
