/* training_graph.c - builds the graphs of the stages. */
#include "hadnet/training/training_graph.h"

#include "autograd/ops.h"
#include "data/dataset.h"
#include "hadnet/ops.h"

#include <string.h>

static TrainingGraph begin(const Network *network, int batch, int size, bool training) {
    TrainingGraph result = { .graph = graph_create(network->parameters->device, training) };
    result.image = graph_input(result.graph, "image", shape_4(batch, size, size, 3));
    return result;
}

/* Whether a node is a batch norm that uses the batch's statistics: its weight is being trained. */
static bool is_trained_norm(const Node *node) {
    return node->op && !strncmp(node->op->name, "batch_norm", 10) && node->inputs[1]->parameter &&
           parameter_is_trained(node->inputs[1]->parameter);
}

/* A batch norm in training divides by the deviation of each channel over the batch's pixels. With
 * one pixel that is zero, and the channel's output would be its bias alone. */
static bool check_norms(const TrainingGraph *result, Error *error) {
    for (int i = 0; i < graph_node_count(result->graph); i++) {
        const Node *node = graph_node(result->graph, i);
        if (!is_trained_norm(node) || shape_rows(&node->shape) > 1) continue;
        return error_set(error,
                         "--batch 1 and --size %lld leave one value per channel to the batch norm "
                         "of %s; expected 2 or more: a larger batch or size",
                         (long long)result->image->shape.size[1], node->inputs[1]->parameter->name);
    }
    return true;
}

static bool finish(const TrainingGraph *result, Error *error) {
    const char *message = graph_error(result->graph);
    return message ? error_set(error, "%s", message) : check_norms(result, error);
}

/* All ones until the trainer sets it. */
static Node *class_weights_leaf(Graph *graph, const Network *network) {
    Node *leaf = graph_input(graph, "class weights", shape_1(network->options.classes));
    if (leaf) tensor_fill(&leaf->value, 1);
    return leaf;
}

bool training_graph_feed(const TrainingGraph *graph, const Device *device, Feed *feed,
                         Error *error) {
    Node *const inputs[] = { graph->image, graph->labels, graph->twin, graph->has_twin };
    return feed_create(feed, device, inputs, 4, error);
}

void training_graph_send(Feed *feed, const Batch *batch) {
    const real *const values[] = { batch->images, batch->targets, batch->twins, batch->has_twin };
    feed_send(feed, values);
}

void training_graph_destroy(TrainingGraph *graph) {
    graph_destroy(graph->graph);
    *graph = (TrainingGraph){ 0 };
}

static const char *const reconstruction_names[MAX_LEVELS] = {
    "reconstruction_1", "reconstruction_2", "reconstruction_3", "reconstruction_4"
};

static void add_term(TrainingGraph *result, const char *name, Node *value) {
    graph_keep(value);
    result->loss = result->term_count ? op_add(result->loss, value) : value;
    result->terms[result->term_count++] = (LossTerm){ name, value };
}

/* Logits [B,h,w,K] at the labels' size. */
static Node *at_full_size(const TrainingGraph *result, Node *logits) {
    if (!result->labels) return NULL;
    const Shape *labels = &result->labels->shape;
    return op_resize_bilinear(logits, labels->size[1], labels->size[2]);
}

/* Cross-entropy + soft Dice of logits at the labels' size. */
static void add_segmentation_loss(TrainingGraph *result, Node *logits) {
    Node *labels = result->labels;
    if (!labels || !result->weights) return;
    Node *both = op_segmentation_loss(logits, labels, result->weights, LABEL_IGNORE);
    add_term(result, "cross_entropy", segmentation_loss_part(both, LOSS_CROSS_ENTROPY));
    add_term(result, "dice", segmentation_loss_part(both, LOSS_SOFT_DICE));
}

/* Lovasz-softmax of the same logits, times its weight. It is the last term, so that the others keep
 * their places when it joins them. */
static void add_lovasz_loss(TrainingGraph *result, Node *logits, double weight) {
    if (!result->labels || weight == 0) return;
    add_term(result, "lovasz",
             op_scale(op_lovasz_softmax(logits, result->labels, LABEL_IGNORE), (real)weight));
}

/* A loss of the HST logits, which keeps them a good answer by themselves while stage 3 trains. */
static void add_auxiliary_loss(TrainingGraph *result, Node *logits, double weight) {
    Node *labels = result->labels;
    if (!labels || !result->weights || weight == 0) return;
    logits = at_full_size(result, logits);
    Node *both = op_segmentation_loss(logits, labels, result->weights, LABEL_IGNORE);
    add_term(result, "auxiliary", op_scale(op_sum(both), (real)weight));
}

bool training_graph_stage_1(TrainingGraph *result, const Network *network, int batch, int size,
                            LossOptions losses, Error *error) {
    *result = begin(network, batch, size, true);
    result->labels = graph_input(result->graph, "labels", shape_3(batch, size, size));
    result->weights = class_weights_leaf(result->graph, network);
    const Features features = network_features(result->graph, network, result->image);
    Node *logits = at_full_size(result, network_head_logits(result->graph, network, &features));
    add_segmentation_loss(result, logits);
    add_lovasz_loss(result, logits, losses.lovasz);
    graph_set_loss(result->graph, result->loss);
    return finish(result, error);
}

bool training_graph_stage_2(TrainingGraph *result, const Network *network, int batch, int size,
                            bool target_is_input, Error *error) {
    *result = begin(network, batch, size, false);
    Graph *graph = result->graph;
    result->twin = graph_input(graph, "twin", shape_4(batch, size, size, 3));
    const Features abnormal = network_features(graph, network, result->image);
    const Features normal = network_features(graph, network, result->twin);
    if (!abnormal.level[0] || !normal.level[0]) return finish(result, error);
    const Shape finest = abnormal.level[0]->shape;
    if (target_is_input)
        result->target =
            graph_input(graph, "target", shape_4(batch, finest.size[1], finest.size[2], 1));
    else
        result->target = op_background_margin(network_head_distances(graph, network, &abnormal));
    graph_keep(result->target);
    for (int i = 0; i < abnormal.levels; i++) {
        Node *change = op_subtract(abnormal.level[i], normal.level[i]);
        if (i > 0) change = op_resize_bilinear(change, finest.size[1], finest.size[2]);
        result->statistics[i] = op_afss_statistics(change, result->target);
        graph_keep(result->statistics[i]);
        result->mean[i] = op_mean_rows(normal.level[i]);
        result->square[i] = op_mean_rows(op_square(normal.level[i]));
        graph_keep(result->mean[i]);
        graph_keep(result->square[i]);
    }
    return finish(result, error);
}

bool training_graph_stage_3(TrainingGraph *result, const Network *network, int batch, int size,
                            LossOptions losses, Error *error) {
    *result = begin(network, batch, size, true);
    Graph *graph = result->graph;
    result->labels = graph_input(graph, "labels", shape_3(batch, size, size));
    result->weights = class_weights_leaf(graph, network);
    result->twin = graph_input(graph, "twin", shape_4(batch, size, size, 3));
    result->has_twin = graph_input(graph, "has_twin", shape_1(batch));
    const Features abnormal = network_features(graph, network, result->image);
    const Features normal = network_features(graph, network, result->twin);
    Node *logits = network_head_logits(graph, network, &abnormal);
    const Discrimination found = network_discriminate(graph, network, &abnormal, logits);
    Node *answer = at_full_size(result, found.logits);
    add_segmentation_loss(result, answer);
    add_auxiliary_loss(result, logits, losses.auxiliary);
    for (int i = 0; i < abnormal.levels; i++) {
        Node *target = network_reduce(graph, network, &normal, i);
        add_term(result, reconstruction_names[i],
                 op_reconstruction_loss(found.reconstructed[i], target, result->has_twin));
    }
    add_lovasz_loss(result, answer, losses.lovasz);
    graph_set_loss(graph, result->loss);
    return finish(result, error);
}
