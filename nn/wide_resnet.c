#include "nn/wide_resnet.h"

#include "autograd/ops.h"

static const int stage_blocks[WIDE_RESNET_STAGES] = { 3, 4, 6, 3 };
enum { STEM_CHANNELS = 64, FIRST_WIDTH = 128, EXPANSION = 2 }; /* a block gives width * EXPANSION */

static Bottleneck bottleneck_create(ParameterSet *set, const char *name, int in, int width,
                                    int stride) {
    const int out = width * EXPANSION;
    Bottleneck block = { .has_downsample = stride != 1 || in != out };
    block.conv1 =
        conv2d_layer_create(set, name_join(name, "conv1").text, in, width, 1, (Conv2dOptions){ 0 });
    block.bn1 = batch_norm_layer_create(set, name_join(name, "bn1").text, width);
    block.conv2 = conv2d_layer_create(set, name_join(name, "conv2").text, width, width, 3,
                                      (Conv2dOptions){ .stride = stride, .padding = 1 });
    block.bn2 = batch_norm_layer_create(set, name_join(name, "bn2").text, width);
    block.conv3 = conv2d_layer_create(set, name_join(name, "conv3").text, width, out, 1,
                                      (Conv2dOptions){ 0 });
    block.bn3 = batch_norm_layer_create(set, name_join(name, "bn3").text, out);
    if (!block.has_downsample) return block;
    block.downsample_conv = conv2d_layer_create(set, name_join(name, "downsample.0").text, in, out,
                                                1, (Conv2dOptions){ .stride = stride });
    block.downsample_bn = batch_norm_layer_create(set, name_join(name, "downsample.1").text, out);
    return block;
}

static Node *bottleneck_apply(Graph *graph, const Bottleneck *block, Node *x) {
    Node *shortcut = x;
    if (block->has_downsample) {
        shortcut = conv2d_layer_apply(graph, &block->downsample_conv, x);
        shortcut = batch_norm_layer_apply(graph, &block->downsample_bn, shortcut);
    }
    x = conv2d_layer_apply(graph, &block->conv1, x);
    x = batch_norm_layer_apply_relu(graph, &block->bn1, x);
    x = conv2d_layer_apply(graph, &block->conv2, x);
    x = batch_norm_layer_apply_relu(graph, &block->bn2, x);
    x = conv2d_layer_apply(graph, &block->conv3, x);
    return batch_norm_layer_apply_add_relu(graph, &block->bn3, x, shortcut);
}

static void bottleneck_set_frozen(Bottleneck *block, bool frozen) {
    conv2d_layer_set_frozen(&block->conv1, frozen);
    batch_norm_layer_set_frozen(&block->bn1, frozen);
    conv2d_layer_set_frozen(&block->conv2, frozen);
    batch_norm_layer_set_frozen(&block->bn2, frozen);
    conv2d_layer_set_frozen(&block->conv3, frozen);
    batch_norm_layer_set_frozen(&block->bn3, frozen);
    if (!block->has_downsample) return;
    conv2d_layer_set_frozen(&block->downsample_conv, frozen);
    batch_norm_layer_set_frozen(&block->downsample_bn, frozen);
}

WideResNet wide_resnet_create(ParameterSet *set, const char *name, int stages, int classes) {
    PROMISE(stages >= 1 && stages <= WIDE_RESNET_STAGES && (classes == 0 || stages == 4),
            "a WideResNet of %d stages and %d classes", stages, classes);
    WideResNet model = { .stages = stages, .classes = classes };
    model.conv1 = conv2d_layer_create(set, name_join(name, "conv1").text, 3, STEM_CHANNELS, 7,
                                      (Conv2dOptions){ .stride = 2, .padding = 3 });
    model.bn1 = batch_norm_layer_create(set, name_join(name, "bn1").text, STEM_CHANNELS);
    int channels = STEM_CHANNELS, width = FIRST_WIDTH;
    Bottleneck *block = model.blocks;
    for (int stage = 0; stage < stages; stage++, width *= 2) {
        const char *const names[] = { "layer1", "layer2", "layer3", "layer4" };
        const Name layer = name_join(name, names[stage]);
        for (int i = 0; i < stage_blocks[stage]; i++) {
            const int stride = stage > 0 && i == 0 ? 2 : 1;
            *block++ =
                bottleneck_create(set, name_index(layer.text, i).text, channels, width, stride);
            channels = width * EXPANSION;
        }
    }
    if (classes)
        model.fc = linear_layer_create(set, name_join(name, "fc").text, channels, classes, true);
    return model;
}

WideResNetOutputs wide_resnet_apply(Graph *graph, const WideResNet *model, Node *image) {
    WideResNetOutputs outputs = { { NULL }, NULL };
    Node *x = conv2d_layer_apply(graph, &model->conv1, image);
    x = batch_norm_layer_apply_relu(graph, &model->bn1, x);
    x = op_max_pool(x, 3, 2, 1);
    const Bottleneck *block = model->blocks;
    for (int stage = 0; stage < model->stages; stage++) {
        for (int i = 0; i < stage_blocks[stage]; i++) x = bottleneck_apply(graph, block++, x);
        outputs.layers[stage] = x;
    }
    if (model->classes)
        outputs.logits = linear_layer_apply(graph, &model->fc, op_global_average_pool(x));
    return outputs;
}

void wide_resnet_set_frozen(WideResNet *model, bool frozen) {
    conv2d_layer_set_frozen(&model->conv1, frozen);
    batch_norm_layer_set_frozen(&model->bn1, frozen);
    int blocks = 0;
    for (int stage = 0; stage < model->stages; stage++) blocks += stage_blocks[stage];
    for (int i = 0; i < blocks; i++) bottleneck_set_frozen(&model->blocks[i], frozen);
    if (model->classes) linear_layer_set_frozen(&model->fc, frozen);
}
