#include "hadnet/training_graph.h"

#include "autograd/ops.h"
#include "data/dataset.h"
#include "hadnet/ops.h"

static TrainingGraph begin(const Network *network, int batch, int size, bool training) {
    TrainingGraph result = { .graph = graph_create(network->parameters->device, training) };
    result.image = graph_input(result.graph, "image", shape_4(batch, size, size, 3));
    return result;
}

static bool finish(const TrainingGraph *result, Error *error) {
    const char *message = graph_error(result->graph);
    return message ? error_set(error, "%s", message) : true;
}

/* All ones until the trainer fills it. */
static Node *class_weights_leaf(Graph *graph, const Network *network) {
    Node *leaf = graph_input(graph, "class weights", shape_1(network->options.classes));
    if (leaf) tensor_fill(&leaf->value, 1);
    return leaf;
}

void training_graph_destroy(TrainingGraph *graph) {
    graph_destroy(graph->graph);
    *graph = (TrainingGraph){ 0 };
}

/* Cross-entropy + soft Dice of logits [B,h,w,K], brought to the labels' size. */
static Node *segmentation_loss(const TrainingGraph *inputs, Node *logits) {
    Node *labels = inputs->labels;
    if (!labels || !inputs->weights) return NULL;
    logits = resize_bilinear(logits, labels->shape.size[1], labels->shape.size[2]);
    return add(softmax_cross_entropy(logits, labels, inputs->weights, LABEL_IGNORE),
               soft_dice(logits, labels, LABEL_IGNORE));
}

bool training_graph_stage_1(TrainingGraph *result, const Network *network, int batch, int size,
                            Error *error) {
    *result = begin(network, batch, size, true);
    result->labels = graph_input(result->graph, "labels", shape_3(batch, size, size));
    result->weights = class_weights_leaf(result->graph, network);
    const Features features = network_features(result->graph, network, result->image);
    Node *logits = network_head_logits(result->graph, network, &features);
    result->loss = segmentation_loss(result, logits);
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
        result->target = background_margin(network_head_distances(graph, network, &abnormal));
    graph_keep(result->target);
    for (int i = 0; i < abnormal.levels; i++) {
        Node *change = subtract(abnormal.level[i], normal.level[i]);
        if (i > 0) change = resize_bilinear(change, finest.size[1], finest.size[2]);
        result->statistics[i] = afss_statistics(change, result->target);
        graph_keep(result->statistics[i]);
    }
    return finish(result, error);
}

bool training_graph_stage_3(TrainingGraph *result, const Network *network, int batch, int size,
                            Error *error) {
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
    result->loss = segmentation_loss(result, found.logits);
    for (int i = 0; i < abnormal.levels; i++) {
        Node *target = network_reduce(graph, network, &normal, i);
        result->loss = add(result->loss,
                           reconstruction_loss(found.reconstructed[i], target, result->has_twin));
    }
    graph_set_loss(graph, result->loss);
    return finish(result, error);
}
