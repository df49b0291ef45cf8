/* conv_layers.c - builds the networks and collects their distinct convolutions. */
#include "bench/conv_layers.h"

#include "autograd/conv2d/conv2d.h"
#include "autograd/ops.h"
#include "bench/subject.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

static void add_layer(ConvLayers *layers, const Conv2dShape *shape) {
    for (int i = 0; i < layers->count; i++)
        if (!memcmp(&layers->shape[i], shape, sizeof *shape)) {
            layers->layers[i]++;
            return;
        }
    PROMISE(layers->count < CONV_LAYERS_MAX, "%s has more than %d convolutions", layers->network,
            CONV_LAYERS_MAX);
    layers->layers[layers->count] = 1;
    layers->shape[layers->count++] = *shape;
}

static void collect(ConvLayers *layers, const Graph *graph) {
    for (int i = 0; i < graph_node_count(graph); i++) {
        const Node *node = graph_node(graph, i);
        if (node->op != &conv2d_op) continue;
        const Conv2dShape shape = conv2d_node_shape(node);
        add_layer(layers, &shape);
    }
}

static bool walk(ConvLayers *layers, const char *network,
                 bool (*build)(Subject *subject, const Device *device, int batch, SubjectRun kind,
                               Error *error),
                 Error *error) {
    Subject subject;
    *layers = (ConvLayers){ .network = network };
    const bool built = build(&subject, device_cpu(), CONV_LAYERS_BATCH, SUBJECT_INFERENCE, error);
    if (built) collect(layers, subject.graph);
    subject_destroy(&subject);
    return built;
}

bool conv_layers_wrn50(ConvLayers *layers, Error *error) {
    return walk(layers, "wrn50", subject_wrn50, error);
}

bool conv_layers_compact(ConvLayers *layers, Error *error) {
    return walk(layers, "compact", subject_compact, error);
}

ConvLayers *conv_layers_of_both(Bench *bench) {
    Error error = { "" };
    ConvLayers *both = memory_new(2, sizeof *both);
    if (conv_layers_wrn50(&both[0], &error) && conv_layers_compact(&both[1], &error)) return both;
    bench_fail(bench, &error);
    free(both);
    return NULL;
}
