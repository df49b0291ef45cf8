/* network.c - creates a network and appends its parts to a graph. */
#include "hadnet/model/network.h"

#include "autograd/ops.h"
#include "hadnet/model/afss.h"
#include "nn/initialise.h"
#include "tensor/memory.h"

#include <stdlib.h>

enum { RANDOM_CHANNELS = 0x5e1ec7 }; /* the purpose of a random stream */

/* The statistics that standardise a level's channels: mean 0, variance 1 until stage 2 measures
 * them.
 */
static void create_level_statistics(Network *network) {
    const Architecture *architecture = network->options.architecture;
    for (int i = 0; i < architecture->levels; i++) {
        const char *name = parameter_name_index("levels", i).text;
        const Shape shape = shape_1(architecture->channels[i]);
        network->level_mean[i] =
            parameter_add(network->parameters, parameter_name_join(name, "running_mean").text,
                          PARAMETER_BUFFER, shape);
        network->level_variance[i] =
            parameter_add(network->parameters, parameter_name_join(name, "running_var").text,
                          PARAMETER_BUFFER, shape);
        if (network->level_variance[i]->value.data)
            tensor_fill(&network->level_variance[i]->value, 1);
    }
}

/* Until AFSS has chosen, the channels are random, as those of RDR. */
static void create_reduction(Network *network) {
    const Architecture *architecture = network->options.architecture;
    const uint64_t own = network->options.selection_seed;
    const uint64_t seed = own > 0 ? own : network->options.seed;
    for (int i = 0; i < architecture->levels; i++) {
        const int kept = architecture->kept[i], channels = architecture->channels[i];
        network->selected[i] = memory_new((size_t)kept, sizeof *network->selected[i]);
        Random random = random_stream(seed, RANDOM_CHANNELS, (uint64_t)i, 0);
        channels_at_random(&random, channels, kept, network->selected[i]);
        if (network->options.reduction != REDUCTION_PROJECTION) continue;
        const Name name = parameter_name_index("projection", i);
        network->projection[i] = parameter_add(network->parameters, name.text, PARAMETER_BUFFER,
                                               shape_4(kept, 1, 1, channels));
        if (network->projection[i]->value.data)
            initialise_normal(network->projection[i], seed, 1 / sqrt((double)channels));
    }
}

Network *network_create(const NetworkOptions *options, const Device *device, Error *error) {
    if (options->classes < 2 || options->classes > CLASSES_MAX)
        return error_set(error, "a network has 2 to %d classes, found %d", CLASSES_MAX,
                         options->classes),
               NULL;
    const real curvature = (real)options->curvature; /* as the formulas will see it */
    if (!(curvature > 0) || isinf(curvature))
        return error_set(error,
                         "curvature must be above 0 and within the range of the formulas' "
                         "numbers, found %g",
                         options->curvature),
               NULL;
    Network *network = memory_new(1, sizeof *network);
    const Architecture *architecture = options->architecture;
    network->options = *options;
    network->parameters = parameter_set_create(device, options->seed);
    ParameterSet *set = network->parameters;
    network->backbone = backbone_create(set, "backbone", architecture);
    network->head = head_create(set, "head", architecture,
                                &(HeadOptions){ .classes = options->classes,
                                                .hyperbolic = options->hyperbolic,
                                                .curvature = options->curvature,
                                                .learn_curvature = options->learn_curvature,
                                                .clip = options->clip,
                                                .temperature = options->temperature });
    create_level_statistics(network);
    create_reduction(network);
    for (int i = 0; i < architecture->levels; i++)
        network->autoencoders[i] =
            autoencoder_create(set, parameter_name_index("autoencoder", i).text, architecture, i);
    network->discriminator =
        discriminator_create(set, "discriminator", architecture, options->classes, options->ard);
    if (!parameter_set_error(set)) return network;
    error_set(error, "%s", parameter_set_error(set));
    network_destroy(network);
    return NULL;
}

void network_destroy(Network *network) {
    if (!network) return;
    parameter_set_destroy(network->parameters);
    for (int i = 0; i < MAX_LEVELS; i++) free(network->selected[i]);
    free(network);
}

void network_set_stage(Network *network, int stage) {
    parameter_set_freeze(network->parameters, "backbone.", stage != 1);
    parameter_set_freeze(network->parameters, "head.", stage != 1);
    parameter_set_freeze(network->parameters, "autoencoder.", stage != 3);
    parameter_set_freeze(network->parameters, "discriminator.", stage != 3);
}

void network_answer_by_head(Network *network) {
    tensor_zero(&network->discriminator.classify.weight->value);
    tensor_zero(&network->discriminator.classify.bias->value);
}

Features network_features(Graph *graph, const Network *network, Node *image) {
    return backbone_apply(graph, &network->backbone, image);
}

Node *network_head_logits(Graph *graph, const Network *network, const Features *features) {
    return head_logits(graph, &network->head, head_tangents(graph, &network->head, features));
}

Node *network_head_distances(Graph *graph, const Network *network, const Features *features) {
    return head_distances(graph, &network->head, head_tangents(graph, &network->head, features));
}

/* A level's channel numbers as a leaf of the graph, created once. */
static Node *selection_leaf(Graph *graph, const Network *network, int level) {
    const int kept = network->options.architecture->kept[level];
    real numbers[kept];
    for (int i = 0; i < kept; i++) numbers[i] = (real)network->selected[level][i];
    return graph_constant(graph, parameter_name_index("selected", level).text, shape_1(kept),
                          numbers);
}

Node *network_reduce(Graph *graph, const Network *network, const Features *features, int level) {
    Node *x = features->level[level];
    Node *mean = graph_parameter(graph, network->level_mean[level]);
    Node *variance = graph_parameter(graph, network->level_variance[level]);
    if (network->projection[level])
        return op_conv2d(op_batch_norm_plain(x, mean, variance, true),
                         graph_parameter(graph, network->projection[level]), NULL, 1, 0, 1);
    Node *chosen = selection_leaf(graph, network, level);
    return op_batch_norm_plain(op_channel_gather(x, chosen), op_channel_gather(mean, chosen),
                               op_channel_gather(variance, chosen), true);
}

Discrimination network_discriminate(Graph *graph, const Network *network, const Features *features,
                                    Node *head_logits) {
    Discrimination result = { 0 };
    Node *gamma[MAX_LEVELS] = { NULL };
    if (!head_logits) return result;
    const Shape *finest = &head_logits->shape;
    for (int i = 0; i < features->levels; i++) {
        result.reduced[i] = network_reduce(graph, network, features, i);
        result.reconstructed[i] =
            autoencoder_apply(graph, &network->autoencoders[i], result.reduced[i]);
        Node *residual = op_log1p_squared_difference(result.reduced[i], result.reconstructed[i]);
        gamma[i] =
            i == 0 ? residual : op_resize_bilinear(residual, finest->size[1], finest->size[2]);
    }
    result.logits = discriminator_apply(graph, &network->discriminator,
                                        op_concat(gamma, features->levels), head_logits);
    return result;
}

Node *network_logits(Graph *graph, const Network *network, Node *image, bool head_only,
                     NetworkParts *parts) {
    const Features features = network_features(graph, network, image);
    Node *u = head_tangents(graph, &network->head, &features);
    Node *logits = head_logits(graph, &network->head, u);
    NetworkParts all = { u, logits, { .logits = logits } };
    if (!head_only) all.found = network_discriminate(graph, network, &features, logits);
    if (parts) *parts = all;
    return all.found.logits;
}

Node *network_infer(Graph *graph, const Network *network, Node *image, bool head_only,
                    int64_t height, int64_t width) {
    Node *logits = network_logits(graph, network, image, head_only, NULL);
    return op_resize_bilinear(logits, height, width);
}
