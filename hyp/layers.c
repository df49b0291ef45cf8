/* layers.c - creates the hyperplanes' parameters and applies them. */
#include "hyp/layers.h"

#include "autograd/ops.h"
#include "hyp/ops.h"
#include "nn/initialise.h"

HyperplaneLayer layer_hyperplane_create(ParameterSet *set, const char *name, int dimension,
                                        int classes, real curvature) {
    const Shape shape = shape_2(classes, dimension);
    const HyperplaneLayer layer = {
        parameter_add(set, parameter_name_join(name, "points").text, PARAMETER_BALL_POINT, shape),
        parameter_add(set, parameter_name_join(name, "normals").text, PARAMETER_WEIGHT, shape),
        NULL, curvature, 1
    };
    const double fans = initialise_fan(&shape, FAN_IN) + initialise_fan(&shape, FAN_OUT);
    initialise_uniform(layer.normals, set->seed, sqrt(6 / fans) / 4);
    return layer;
}

void layer_hyperplane_learn_curvature(ParameterSet *set, const char *name, HyperplaneLayer *layer) {
    layer->scale =
        parameter_add(set, parameter_name_join(name, "scale").text, PARAMETER_BIAS, shape_1(1));
    layer->first_scale = sqrt(layer->curvature);
    layer->curvature = 1;
    if (layer->scale->value.data) tensor_fill(&layer->scale->value, layer->first_scale);
}

double layer_hyperplane_curvature(const HyperplaneLayer *layer) {
    if (!layer->scale) return (double)layer->curvature;
    real scale;
    tensor_download(&layer->scale->value, &scale);
    return (double)scale * (double)scale;
}

/* u, in the ball of the points. */
static Node *scaled(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return layer->scale ? op_scale_channels(u, graph_parameter(graph, layer->scale)) : u;
}

static Node *unscaled(const HyperplaneLayer *layer, Node *outputs) {
    return layer->scale ? op_scale(outputs, 1 / layer->first_scale) : outputs;
}

Node *layer_hyperplane_logits(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return unscaled(
        layer, op_hyperplane_logits(scaled(graph, layer, u), graph_parameter(graph, layer->points),
                                    graph_parameter(graph, layer->normals), layer->curvature));
}

Node *layer_hyperplane_distances(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return unscaled(layer, op_hyperplane_distances(
                               scaled(graph, layer, u), graph_parameter(graph, layer->points),
                               graph_parameter(graph, layer->normals), layer->curvature));
}

Node *layer_hyperplane_euclidean_logits(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return unscaled(layer, op_euclidean_logits(scaled(graph, layer, u),
                                               graph_parameter(graph, layer->points),
                                               graph_parameter(graph, layer->normals)));
}
