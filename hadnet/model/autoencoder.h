/* autoencoder.h - Phi_i: what a level would look like if the metal were sound.
 *
 * Stride-2 convolutions down to a bottleneck, a bilinear step back to the level's own grid, and a
 * convolution to r_i channels. It is trained to give the features of the normal twin, so what it
 * cannot rebuild is the anomaly: gamma = (phi - Phi(phi))^2. The deepest level's bottleneck is so
 * small that each cell of it sees the whole image. The last convolution starts at zero, so that an
 * autoencoder begins with the mean of the standardised features, an error of 1.
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
