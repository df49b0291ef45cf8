/* discriminator.c - builds ARD and the discriminator's layers and graph. */
#include "hadnet/model/discriminator.h"

#include "autograd/ops.h"

static void create_blocks(Discriminator *discriminator, ParameterSet *set, const char *name,
                          int width) {
    for (int i = 0; i < DISCRIMINATOR_BLOCKS; i++) {
        const Name block = parameter_name_index(parameter_name_join(name, "blocks").text, i);
        const Conv2dOptions each = { .padding = 1, .groups = width };
        discriminator->depthwise[i] = layer_conv2d_create(
            set, parameter_name_join(block.text, "depthwise").text, width, width, 3, each);
        discriminator->depthwise_norm[i] = layer_batch_norm_create(
            set, parameter_name_join(block.text, "depthwise_norm").text, width);
        discriminator->pointwise[i] =
            layer_conv2d_create(set, parameter_name_join(block.text, "pointwise").text, width,
                                width, 1, (Conv2dOptions){ 0 });
        discriminator->pointwise_norm[i] = layer_batch_norm_create(
            set, parameter_name_join(block.text, "pointwise_norm").text, width);
    }
}

Discriminator discriminator_create(ParameterSet *set, const char *name,
                                   const Architecture *architecture, int classes, Ard ard) {
    const int residual = architecture_kept_total(architecture), width = architecture->discriminator;
    const int reduced = ard == ARD_MASK ? residual : architecture->ard_channels;
    Discriminator discriminator = { .architecture = architecture, .ard = ard };
    if (ard != ARD_NONE) {
        discriminator.score_mean =
            parameter_add(set, parameter_name_join(name, "score.running_mean").text,
                          PARAMETER_BUFFER, shape_1(residual));
        discriminator.score_variance =
            parameter_add(set, parameter_name_join(name, "score.running_var").text,
                          PARAMETER_BUFFER, shape_1(residual));
        if (discriminator.score_variance->value.data)
            tensor_fill(&discriminator.score_variance->value, 1);
    }
    if (ard == ARD_NONE) {
        discriminator.squeeze =
            layer_conv2d_create(set, parameter_name_join(name, "squeeze").text, residual,
                                architecture->ard_channels, 1, (Conv2dOptions){ 0 });
    }
    discriminator.enter = layer_conv2d_create(set, parameter_name_join(name, "enter").text,
                                              reduced + classes, width, 1, (Conv2dOptions){ 0 });
    discriminator.enter_norm =
        layer_batch_norm_create(set, parameter_name_join(name, "enter_norm").text, width);
    create_blocks(&discriminator, set, name, width);
    discriminator.classify =
        layer_conv2d_create(set, parameter_name_join(name, "classify").text, width, classes, 1,
                            (Conv2dOptions){ .bias = true });
    if (discriminator.classify.weight->value.data)
        tensor_zero(&discriminator.classify.weight->value);
    return discriminator;
}

/* The s highest-ranked of the R residual channels, per image. Gradients flow to their values; the
 * ranking has none, as top_k_channels has no gradient. */
static Node *ard_select(Graph *graph, const Discriminator *discriminator, Node *residual) {
    const int half = discriminator->architecture->ard_channels / 2;
    Node *scores =
        op_batch_norm_plain(residual, graph_parameter(graph, discriminator->score_mean),
                            graph_parameter(graph, discriminator->score_variance), false);
    Node *by_maximum = op_top_k_channels(op_global_max_pool(scores), half);
    Node *by_mean = op_top_k_channels(op_global_average_pool(scores), half);
    Node *kept = op_concat((Node *[]){ by_maximum, by_mean }, 2);
    if (discriminator->ard == ARD_MASK) return op_channel_keep(residual, kept);
    return op_channel_gather_per_sample(residual, kept);
}

Node *discriminator_apply(Graph *graph, const Discriminator *discriminator, Node *residual,
                          Node *head_logits) {
    Node *reduced = discriminator->ard == ARD_NONE
                        ? layer_conv2d_apply(graph, &discriminator->squeeze, residual)
                        : ard_select(graph, discriminator, residual);
    if (discriminator->ard == ARD_ZERO) reduced = op_scale(reduced, 0);
    Node *x = op_concat((Node *[]){ reduced, head_logits }, 2);
    x = layer_conv2d_apply(graph, &discriminator->enter, x);
    x = layer_batch_norm_apply_relu(graph, &discriminator->enter_norm, x);
    for (int i = 0; i < DISCRIMINATOR_BLOCKS; i++) {
        x = layer_conv2d_apply(graph, &discriminator->depthwise[i], x);
        x = layer_batch_norm_apply_relu(graph, &discriminator->depthwise_norm[i], x);
        x = layer_conv2d_apply(graph, &discriminator->pointwise[i], x);
        x = layer_batch_norm_apply_relu(graph, &discriminator->pointwise_norm[i], x);
    }
    return op_add(layer_conv2d_apply(graph, &discriminator->classify, x), head_logits);
}
