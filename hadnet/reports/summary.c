/* summary.c - counts parameters and multiply-adds per layer, and prints them. */
#include "hadnet/reports/summary.h"

#include <string.h>

/* The parameters that a node reads, and the name they share: "head.lateral.0" for
 * "head.lateral.0.weight". */
static int64_t node_parameters(const Node *node, char *layer, size_t room) {
    int64_t elements = 0;
    layer[0] = 0;
    for (int i = 0; i < node->input_count; i++) {
        const Parameter *parameter = node->inputs[i]->parameter;
        if (!parameter) continue;
        if (parameter->kind != PARAMETER_BUFFER)
            elements += shape_elements(&parameter->value.shape);
        snprintf(layer, room, "%s", parameter->name);
        char *dot = strrchr(layer, '.');
        if (dot) *dot = 0;
    }
    return elements;
}

bool summary_print(FILE *stream, const Network *network, int size, NetworkCost *cost,
                   Error *error) {
    *cost = (NetworkCost){ parameter_set_elements(network->parameters), 0 };
    Graph *graph = graph_create(network->parameters->device, false);
    Node *image = graph_input(graph, "image", shape_4(1, size, size, 3));
    if (!network_infer(graph, network, image, false, size, size)) {
        error_set(error, "%s", graph_error(graph));
        graph_destroy(graph);
        return false;
    }
    if (stream)
        fprintf(stream, "%-40s %-20s %-18s %12s %15s\n", "layer", "op", "output", "parameters",
                "multiply-adds");
    for (int i = 0; i < graph_node_count(graph); i++) {
        const Node *node = graph_node(graph, i);
        char layer[128];
        if (!node->op) continue;
        const int64_t parameters = node_parameters(node, layer, sizeof layer);
        const int64_t work = node->op->multiply_adds ? node->op->multiply_adds(node) : 0;
        cost->multiply_adds += work;
        if (stream && (parameters > 0 || work > 0))
            fprintf(stream, "%-40s %-20s %-18s %12lld %15lld\n", layer, node->op->name,
                    shape_text(&node->shape).text, (long long)parameters, (long long)work);
    }
    if (stream)
        fprintf(stream, "\nparameters     %.3f M\nmultiply-adds  %.3f G for one %dx%d image\n",
                (double)cost->parameters / 1e6, (double)cost->multiply_adds / 1e9, size, size);
    graph_destroy(graph);
    return true;
}
