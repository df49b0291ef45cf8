/* subject.c - builds a benchmark network, fills its inputs, and runs steps. */
#include "bench/subject.h"

#include "autograd/graph_plan.h"
#include "autograd/ops.h"
#include "bench/fill.h"
#include "hadnet/training/settings.h"
#include "hadnet/training/training_graph.h"
#include "hyp/riemannian.h"

enum { NO_LABEL_IGNORED = -1 };

static bool set_optimiser(Subject *subject, Error *error) {
    const OptimiserOptions options = optimiser_options();
    RuleTable rules = rule_table(&rule_adam);
    subject->ball_rule = rule_riemannian_adam(&subject->curvature);
    rules.of[PARAMETER_BALL_POINT] = &subject->ball_rule;
    subject->optimiser = optimiser_create(subject->parameters, &rules, &options, error);
    return subject->optimiser != NULL;
}

static void fill_inputs(const Subject *subject, int classes) {
    if (subject->image) fill_uniform(&subject->image->value, -2, 2);
    if (subject->twin) fill_uniform(&subject->twin->value, -2, 2);
    if (subject->labels) fill_labels(&subject->labels->value, classes);
    if (subject->has_twin) tensor_fill(&subject->has_twin->value, 1);
}

/* Fill the inputs, unless building the graph has failed. */
static bool finish(Subject *subject, int classes, Error *error) {
    const char *message = graph_error(subject->graph);
    if (message) return error_set(error, "%s", message);
    fill_inputs(subject, classes);
    return subject->kind == SUBJECT_INFERENCE || set_optimiser(subject, error);
}

bool subject_wrn50(Subject *subject, const Device *device, int batch, SubjectRun kind,
                   Error *error) {
    *subject = (Subject){ .kind = kind,
                          .batch = batch,
                          .device = device,
                          .recording = recording_create(device),
                          .curvature = 1 };
    subject->parameters = parameter_set_create(device, 1);
    const WideResNet model = wide_resnet_create(subject->parameters, "", 4, SUBJECT_WRN50_CLASSES);
    if (parameter_set_error(subject->parameters))
        return error_set(error, "%s", parameter_set_error(subject->parameters));
    Graph *graph = graph_create(device, kind != SUBJECT_INFERENCE);
    subject->graph = graph;
    subject->image = graph_input(graph, "image", shape_4(batch, SUBJECT_SIZE, SUBJECT_SIZE, 3));
    Node *logits = wide_resnet_apply(graph, &model, subject->image).logits;
    if (kind == SUBJECT_INFERENCE) {
        graph_keep(logits);
        return finish(subject, SUBJECT_WRN50_CLASSES, error);
    }
    subject->labels = graph_input(graph, "labels", shape_1(batch));
    graph_set_loss(graph,
                   op_softmax_cross_entropy(logits, subject->labels, NULL, NO_LABEL_IGNORED));
    return finish(subject, SUBJECT_WRN50_CLASSES, error);
}

static bool compact_graph(Subject *subject, Error *error) {
    TrainingGraph training = { 0 };
    if (subject->kind == SUBJECT_INFERENCE) {
        subject->graph = graph_create(subject->device, false);
        subject->image = graph_input(subject->graph, "image",
                                     shape_4(subject->batch, SUBJECT_SIZE, SUBJECT_SIZE, 3));
        graph_keep(network_infer(subject->graph, subject->network, subject->image, false,
                                 SUBJECT_SIZE, SUBJECT_SIZE));
        return true;
    }
    const bool first = subject->kind == SUBJECT_STAGE_1;
    network_set_stage(subject->network, first ? 1 : 3);
    const bool built = (first ? training_graph_stage_1 : training_graph_stage_3)(
        &training, subject->network, subject->batch, SUBJECT_SIZE, (LossOptions){ 0 }, error);
    subject->graph = training.graph;
    subject->image = training.image;
    subject->labels = training.labels;
    subject->twin = training.twin;
    subject->has_twin = training.has_twin;
    return built;
}

bool subject_compact(Subject *subject, const Device *device, int batch, SubjectRun kind,
                     Error *error) {
    const Settings settings = settings_default();
    const NetworkOptions options = settings_network(&settings, SUBJECT_CLASSES);
    *subject = (Subject){ .kind = kind,
                          .batch = batch,
                          .device = device,
                          .recording = recording_create(device),
                          .curvature = (real)options.curvature };
    subject->network = network_create(&options, device, error);
    if (!subject->network) return false;
    subject->parameters = subject->network->parameters;
    return compact_graph(subject, error) && finish(subject, SUBJECT_CLASSES, error);
}

void subject_destroy(Subject *subject) {
    recording_destroy(&subject->recording);
    optimiser_destroy(subject->optimiser);
    graph_destroy(subject->graph);
    if (subject->network)
        network_destroy(subject->network);
    else
        parameter_set_destroy(subject->parameters);
    memory_trim(subject->device);
    *subject = (Subject){ 0 };
}

/* Enqueue all work of a run; this is recorded. */
static bool enqueue_run(void *context, Error *error) {
    Subject *subject = context;
    if (!graph_forward(subject->graph, error)) return false;
    if (subject->kind == SUBJECT_INFERENCE) return true;
    if (!graph_backward(subject->graph, error)) return false;
    optimiser_enqueue(subject->optimiser);
    return true;
}

bool subject_run(void *context, Error *error) {
    Subject *subject = context;
    const bool trains = subject->kind != SUBJECT_INFERENCE;
    if ((trains && !optimiser_prepare(subject->optimiser, 1e-4, error)) ||
        !recording_run(&subject->recording, enqueue_run, subject, error) ||
        (trains && !optimiser_finish(subject->optimiser, error)))
        return false;
    subject->device->synchronize();
    return true;
}

double subject_multiply_adds(const Subject *subject) {
    double total = 0;
    for (int i = 0; i < graph_node_count(subject->graph); i++) {
        const Node *node = graph_node(subject->graph, i);
        if (!node->op || !node->plan->reached || !node->op->multiply_adds) continue;
        int times = 1;
        for (int j = 0; j < 2 && j < node->input_count; j++)
            times += node->runs_backward && node->inputs[j]->needs_gradient;
        total += times * (double)node->op->multiply_adds(node);
    }
    return total;
}
