/* compact_network.c - builds the blocks of the compact network and applies them. */
#include "nn/compact_network.h"

static const int stem_channels[2] = { 16, 32 };
static const int stage_channels[COMPACT_STAGES - 1] = { 32, 64, 128 };
static const int stage_blocks[COMPACT_STAGES] = { 1, 1, 2, 2 };

static BasicBlock block_create(ParameterSet *set, const char *name, int in, int out, int stride) {
    const Conv2dOptions first = { .stride = stride, .padding = 1 }, second = { .padding = 1 };
    BasicBlock block = { 0 };
    block.conv1 =
        layer_conv2d_create(set, parameter_name_join(name, "conv1").text, in, out, 3, first);
    block.bn1 = layer_batch_norm_create(set, parameter_name_join(name, "bn1").text, out);
    block.conv2 =
        layer_conv2d_create(set, parameter_name_join(name, "conv2").text, out, out, 3, second);
    block.bn2 = layer_batch_norm_create(set, parameter_name_join(name, "bn2").text, out);
    if (in == out && stride == 1) return block;
    block.shortcut = layer_conv2d_create(set, parameter_name_join(name, "downsample.0").text, in,
                                         out, 1, (Conv2dOptions){ .stride = stride });
    block.shortcut_norm =
        layer_batch_norm_create(set, parameter_name_join(name, "downsample.1").text, out);
    return block;
}

static Node *block_apply(Graph *graph, const BasicBlock *block, Node *x) {
    Node *shortcut = x;
    if (block->shortcut.weight) {
        shortcut = layer_conv2d_apply(graph, &block->shortcut, x);
        shortcut = layer_batch_norm_apply(graph, &block->shortcut_norm, shortcut);
    }
    Node *y = layer_conv2d_apply(graph, &block->conv1, x);
    y = layer_batch_norm_apply_relu(graph, &block->bn1, y);
    y = layer_conv2d_apply(graph, &block->conv2, y);
    return layer_batch_norm_apply_add_relu(graph, &block->bn2, y, shortcut);
}

CompactNetwork compact_network_create(ParameterSet *set, const char *name, int deepest) {
    CompactNetwork network = { 0 };
    const Conv2dOptions halve = { .stride = 2, .padding = 1 };
    int in = 3, next = 0;
    for (int i = 0; i < 2; i++) {
        const Name conv = parameter_name_index(parameter_name_join(name, "stem.conv").text, i);
        const Name norm = parameter_name_index(parameter_name_join(name, "stem.bn").text, i);
        network.stem[i] = layer_conv2d_create(set, conv.text, in, stem_channels[i], 3, halve);
        network.stem_norm[i] = layer_batch_norm_create(set, norm.text, stem_channels[i]);
        in = stem_channels[i];
    }
    for (int stage = 0; stage < COMPACT_STAGES; stage++)
        for (int i = 0; i < stage_blocks[stage]; i++) {
            const char *stages[COMPACT_STAGES] = { "stage1", "stage2", "stage3", "stage4" };
            const Name block =
                parameter_name_index(parameter_name_join(name, stages[stage]).text, i);
            const int out = stage < COMPACT_STAGES - 1 ? stage_channels[stage] : deepest;
            const int stride = stage > 0 && i == 0 ? 2 : 1;
            network.blocks[next++] = block_create(set, block.text, in, out, stride);
            in = out;
        }
    return network;
}

void compact_network_apply(Graph *graph, const CompactNetwork *network, Node *image,
                           Node *stages[COMPACT_STAGES]) {
    Node *x = image;
    int next = 0;
    for (int i = 0; i < 2; i++) {
        x = layer_conv2d_apply(graph, &network->stem[i], x);
        x = layer_batch_norm_apply_relu(graph, &network->stem_norm[i], x);
    }
    for (int stage = 0; stage < COMPACT_STAGES; stage++) {
        for (int i = 0; i < stage_blocks[stage]; i++)
            x = block_apply(graph, &network->blocks[next++], x);
        stages[stage] = x;
    }
}
