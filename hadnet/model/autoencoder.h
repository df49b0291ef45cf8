/* autoencoder.h - the autoencoder Phi_i of level i: predicts the level's features without defects.
 *
 * Stride-2 convolutions down to a bottleneck, bilinear upsampling to the level's own size, and a
 * convolution to r_i channels. It is trained to give the features of the normal twin, so the part
 * that it cannot reconstruct is the anomaly: gamma = (phi - Phi(phi))^2. At the deepest level each
 * bottleneck cell sees the whole image. The last convolution starts at zero, so the autoencoder
 * first predicts the mean of the standardised features, an error of 1.
 */
#ifndef HADNET_AUTOENCODER_H
#define HADNET_AUTOENCODER_H

#include "hadnet/model/architecture.h"
#include "nn/layers.h"

enum { MAX_HALVINGS = 3 };

typedef struct Autoencoder {
    int halvings;
    Conv2dLayer encode[MAX_HALVINGS]; /* 3x3, stride 2 */
    BatchNormLayer norm[MAX_HALVINGS];
    Conv2dLayer decode; /* 3x3 at the level's own size, with bias */
} Autoencoder;

/* For level `level`: kept[level] channels in and out. */
Autoencoder autoencoder_create(ParameterSet *set, const char *name,
                               const Architecture *architecture, int level);

/* x: [B,h,w,r], any h and w. Gives the same shape. */
Node *autoencoder_apply(Graph *graph, const Autoencoder *autoencoder, Node *x);

#endif
