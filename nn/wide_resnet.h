/* wide_resnet.h - WideResNet-50-2 (Zagoruyko, Komodakis, BMVC 2016).
 *
 *     stem 7x7/2 (64), max pool 3x3/2, then four stages of bottleneck blocks:
 *     stage    blocks  inner width  channels out  stride to the image
 *     layer1   3       128          256           4
 *     layer2   4       256          512           8
 *     layer3   6       512          1024          16
 *     layer4   3       1024         2048          32     (with its head: mean over pixels, fc)
 *
 * Names and arithmetic are torchvision's wide_resnet50_2: its weight files load as they are. The
 * stride of a block sits on its 3x3 convolution.
 */
#ifndef NN_WIDE_RESNET_H
#define NN_WIDE_RESNET_H

#include "nn/layers.h"
#include "tensor/public.h"

PUBLIC_BEGIN

enum { WIDE_RESNET_STAGES = 4, WIDE_RESNET_BLOCKS = 3 + 4 + 6 + 3 };

/* x -> op_relu(x' + bn3(conv3(op_relu(bn2(conv2(op_relu(bn1(conv1(x)))))))), x' = x, or downsample(x) where
 * the shape changes. */
typedef struct Bottleneck {
    Conv2dLayer conv1, conv2, conv3;
    BatchNormLayer bn1, bn2, bn3;
    bool has_downsample;
    Conv2dLayer downsample_conv;  /* "downsample.0" */
    BatchNormLayer downsample_bn; /* "downsample.1" */
} Bottleneck;

typedef struct WideResNet {
    Conv2dLayer conv1;
    BatchNormLayer bn1;
    int stages, classes;
    Bottleneck blocks[WIDE_RESNET_BLOCKS];
    LinearLayer fc; /* when classes > 0 */
} WideResNet;

/* stages: 1..4, the number of stages from layer1 on. classes: outputs of the head, which needs all
 * four stages; 0: no head. name: the prefix in the set ("backbone"), "" for none. */
WideResNet wide_resnet_create(ParameterSet *set, const char *name, int stages, int classes);

typedef struct WideResNetOutputs {
    Node *layers[WIDE_RESNET_STAGES]; /* layer1..: [batch, height / 4, width / 4, 256], ... */
    Node *logits;                     /* [batch, classes]; NULL without a head */
} WideResNetOutputs;

/* image: [batch, height, width, 3], normalised as the weights expect. */
WideResNetOutputs wide_resnet_apply(Graph *graph, const WideResNet *model, Node *image);

PUBLIC_END

#endif
