/* backbone.h - the backbone phi: from an image to features at several scales, finest first.
 *
 * One of nn's two networks, chosen by the architecture: compact (strides 4, 8, 16, 32) or
 * WideResNet-50-2 without its last layer (strides 4, 8, 16).
 */
#ifndef HADNET_BACKBONE_H
#define HADNET_BACKBONE_H

#include "hadnet/model/architecture.h"
#include "nn/compact_network.h"
#include "nn/wide_resnet.h"

typedef struct Features {
    Node *level[MAX_LEVELS]; /* [B,h,w,channels[i]] */
    int levels;
} Features;

typedef struct Backbone {
    const Architecture *architecture;
    CompactNetwork compact; /* one of the two is used */
    WideResNet wide_resnet;
} Backbone;

/* Parameters go into the set under `name` ("" for none, as pretrained files have it). */
Backbone backbone_create(ParameterSet *set, const char *name, const Architecture *architecture);

/* image: [B,H,W,3]. */
Features backbone_apply(Graph *graph, const Backbone *backbone, Node *image);

#endif
