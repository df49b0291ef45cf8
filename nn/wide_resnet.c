/* wide_resnet.c - builds bottleneck blocks and applies them. */
#include "nn/wide_resnet.h"

#include "autograd/ops.h"

static const int stage_blocks[WIDE_RESNET_STAGES] = { 3, 4, 6, 3 };
enum { STEM_CHANNELS = 64, FIRST_WIDTH = 128, EXPANSION = 2 }; /* per block */

static Bottleneck bottleneck_create(ParameterSet *set, const char *name, int in, int width,
                                    int stride) {
    const int out = width * EXPANSION;
    Bottleneck block = { .has_downsample = stride != 1 || in != out };
    block.conv1 = layer_conv2d_create(set, parameter_name_join(name, "conv1").text, in, width, 1,
                                      (Conv2dOptions){ 0 });
    block.bn1 = layer_batch_norm_create(set, parameter_name_join(name, "bn1").text, width);
    block.conv2 = layer_conv2d_create(set, parameter_name_join(name, "conv2").text, width, width, 3,
                                      (Conv2dOptions){ .stride = stride, .padding = 1 });
    block.bn2 = layer_batch_norm_create(set, parameter_name_join(name, "bn2").text, width);
    block.conv3 = layer_conv2d_create(set, parameter_name_join(name, "conv3").text, width, out, 1,
                                      (Conv2dOptions){ 0 });
    block.bn3 = layer_batch_norm_create(set, parameter_name_join(name, "bn3").text, out);
    if (!block.has_downsample) return block;
    block.downsample_conv = layer_conv2d_create(set, parameter_name_join(name, "downsample.0").text,
                                                in, out, 1, (Conv2dOptions){ .stride = stride });
    block.downsample_bn =
        layer_batch_norm_create(set, parameter_name_join(name, "downsample.1").text, out);
    return block;
}

static Node *bottleneck_apply(Graph *graph, const Bottleneck *block, Node *x) {
    Node *shortcut = x;
    if (block->has_downsample) {
        shortcut = layer_conv2d_apply(graph, &block->downsample_conv, x);
        shortcut = layer_batch_norm_apply(graph, &block->downsample_bn, shortcut);
    }
    x = layer_conv2d_apply(graph, &block->conv1, x);
    x = layer_batch_norm_apply_relu(graph, &block->bn1, x);
    x = layer_conv2d_apply(graph, &block->conv2, x);
    x = layer_batch_norm_apply_relu(graph, &block->bn2, x);
    x = layer_conv2d_apply(graph, &block->conv3, x);
    return layer_batch_norm_apply_add_relu(graph, &block->bn3, x, shortcut);
}

WideResNet wide_resnet_create(ParameterSet *set, const char *name, int stages, int classes) {
    PROMISE(stages >= 1 && stages <= WIDE_RESNET_STAGES && (classes == 0 || stages == 4),
            "a WideResNet of %d stages and %d classes", stages, classes);
    WideResNet model = { .stages = stages, .classes = classes };
    model.conv1 =
        layer_conv2d_create(set, parameter_name_join(name, "conv1").text, 3, STEM_CHANNELS, 7,
                            (Conv2dOptions){ .stride = 2, .padding = 3 });
    model.bn1 = layer_batch_norm_create(set, parameter_name_join(name, "bn1").text, STEM_CHANNELS);
    int channels = STEM_CHANNELS, width = FIRST_WIDTH;
    Bottleneck *block = model.blocks;
    for (int stage = 0; stage < stages; stage++, width *= 2) {
        const char *const names[] = { "layer1", "layer2", "layer3", "layer4" };
        const Name layer = parameter_name_join(name, names[stage]);
        for (int i = 0; i < stage_blocks[stage]; i++) {
            const int stride = stage > 0 && i == 0 ? 2 : 1;
            *block++ = bottleneck_create(set, parameter_name_index(layer.text, i).text, channels,
                                         width, stride);
            channels = width * EXPANSION;
        }
    }
    if (classes)
        model.fc =
            layer_linear_create(set, parameter_name_join(name, "fc").text, channels, classes, true);
    return model;
}

WideResNetOutputs wide_resnet_apply(Graph *graph, const WideResNet *model, Node *image) {
    WideResNetOutputs outputs = { { NULL }, NULL };
    Node *x = layer_conv2d_apply(graph, &model->conv1, image);
    x = layer_batch_norm_apply_relu(graph, &model->bn1, x);
    x = op_max_pool(x, 3, 2, 1);
    const Bottleneck *block = model->blocks;
    for (int stage = 0; stage < model->stages; stage++) {
        for (int i = 0; i < stage_blocks[stage]; i++) x = bottleneck_apply(graph, block++, x);
        outputs.layers[stage] = x;
    }
    if (model->classes)
        outputs.logits = layer_linear_apply(graph, &model->fc, op_global_average_pool(x));
    return outputs;
}
