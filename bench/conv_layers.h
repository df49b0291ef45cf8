/* conv_layers.h - the distinct convolutions of the networks, and how often each occurs. */
#ifndef BENCH_CONV_LAYERS_H
#define BENCH_CONV_LAYERS_H

#include "bench/bench.h"
#include "tensor/kernels/conv2d_kernels.h"

enum { CONV_LAYERS_MAX = 64, CONV_LAYERS_BATCH = 8 };

typedef struct ConvLayers {
    const char *network; /* "wrn50" */
    Conv2dShape shape[CONV_LAYERS_MAX];
    int layers[CONV_LAYERS_MAX]; /* how many of the network have that shape */
    int count;
} ConvLayers;

/* Of WideResNet-50-2, or of compact HADNet in inference, for a batch of 8 images of 256x256. The
 * networks are built only to list their layers. */
bool conv_layers_wrn50(ConvLayers *layers, Error *error);
bool conv_layers_compact(ConvLayers *layers, Error *error);

/* Both; NULL after a failure, which the bench then keeps. The caller frees. */
ConvLayers *conv_layers_of_both(Bench *bench);

#endif
