/* layers.c - creates the hyperplanes' parameters and applies them. */
#include "hyp/layers.h"

#include "hyp/ops.h"
#include "nn/initialise.h"

HyperplaneLayer layer_hyperplane_create(ParameterSet *set, const char *name, int dimension,
                                        int classes, real curvature) {
    const Shape shape = shape_2(classes, dimension);
    const HyperplaneLayer layer = {
        parameter_add(set, parameter_name_join(name, "points").text, PARAMETER_BALL_POINT, shape),
        parameter_add(set, parameter_name_join(name, "normals").text, PARAMETER_WEIGHT, shape),
        curvature
    };
    const double fans = initialise_fan(&shape, FAN_IN) + initialise_fan(&shape, FAN_OUT);
    initialise_uniform(layer.normals, set->seed, sqrt(6 / fans) / 4);
    return layer;
}

Node *layer_hyperplane_logits(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return op_hyperplane_logits(u, graph_parameter(graph, layer->points),
                                graph_parameter(graph, layer->normals), layer->curvature);
}

Node *layer_hyperplane_distances(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return op_hyperplane_distances(u, graph_parameter(graph, layer->points),
                                   graph_parameter(graph, layer->normals), layer->curvature);
}

Node *layer_hyperplane_euclidean_logits(Graph *graph, const HyperplaneLayer *layer, Node *u) {
    return op_euclidean_logits(u, graph_parameter(graph, layer->points),
                               graph_parameter(graph, layer->normals));
}
