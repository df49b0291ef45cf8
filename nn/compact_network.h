/* compact_network.h - a small residual network for images of surfaces.
 *
 * A stem of two stride-2 convolutions, then four stages of basic blocks (He et al., CVPR 2016): 32,
 * 64, 128 and 512 channels, 1, 1, 2 and 2 blocks, at strides 4, 8, 16 and 32. It has half of a
 * usual ResNet's depth, and puts it where images of metal need it: in the wide, cheap, coarse last
 * stage.
 */
#ifndef NN_COMPACT_NETWORK_H
#define NN_COMPACT_NETWORK_H

#include "nn/layers.h"
#include "tensor/public.h"

PUBLIC_BEGIN

enum { COMPACT_STAGES = 4, COMPACT_BLOCKS = 6 };

/* op_relu(bn2(conv2(op_relu(bn1(conv1(x))))) + shortcut(x)); the shortcut is a 1x1 convolution and a
 * batch norm where the shape changes, else x itself. */
typedef struct BasicBlock {
    Conv2dLayer conv1, conv2, shortcut; /* shortcut.weight is NULL where there is none */
    BatchNormLayer bn1, bn2, shortcut_norm;
} BasicBlock;

typedef struct CompactNetwork {
    Conv2dLayer stem[2];
    BatchNormLayer stem_norm[2];
    BasicBlock blocks[COMPACT_BLOCKS]; /* of all stages, in order */
} CompactNetwork;

/* Parameters are named stem.conv.0.weight, stage1.0.conv1.weight, ... below `name`. deepest: channels
 * of the last stage, usually 512. */
CompactNetwork compact_network_create(ParameterSet *set, const char *name, int deepest);

/* image [B,H,W,3] -> stages[i] [B,ceil(H/s),ceil(W/s),channels of stage i], s = 4, 8, 16, 32. */
void compact_network_apply(Graph *graph, const CompactNetwork *network, Node *image,
                           Node *stages[COMPACT_STAGES]);

PUBLIC_END

#endif
