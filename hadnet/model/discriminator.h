/* discriminator.h - adaptive residual selection (ARD) and the discriminator: from residuals and HST
 * logits to the final logits.
 *
 * ARD (eq. 11-13): of the R residual channels, it keeps per image the s/2 with the largest maximum
 * and the s/2 with the largest mean over the pixels, both measured on a batch-normalised copy, and
 * gathers the raw channels in rank order. The discriminator concatenates them with the HST logits:
 * a 1x1, then separable 3x3 convolutions, then a 1x1 to classes, added to the HST logits. That last
 * layer starts at zero, so stage 3 begins with the answer of stage 1 and learns to correct it.
 */
#ifndef HADNET_DISCRIMINATOR_H
#define HADNET_DISCRIMINATOR_H

#include "hadnet/model/architecture.h"
#include "nn/layers.h"

enum { DISCRIMINATOR_BLOCKS = 2 };

/* The discriminator's input from the residual channels. */
typedef enum Ard {
    ARD_NONE, /* a 1x1 convolution of all of them */
    ARD_RANK, /* those that ARD keeps, in rank order */
    ARD_ZERO, /* zeros instead: a control that measures the value of the residuals */
    ARD_MASK  /* those that ARD keeps, each in its place, the others zero */
} Ard;

typedef struct Discriminator {
    const Architecture *architecture;
    Ard ard;
    Parameter *score_mean, *score_variance; /* running statistics of ARD's batch norm */
    Conv2dLayer squeeze;                    /* without ARD: 1x1, R -> s */
    Conv2dLayer enter;                      /* 1x1, s (of ARD_MASK: R) + classes -> width */
    BatchNormLayer enter_norm;
    Conv2dLayer depthwise[DISCRIMINATOR_BLOCKS], pointwise[DISCRIMINATOR_BLOCKS];
    BatchNormLayer depthwise_norm[DISCRIMINATOR_BLOCKS], pointwise_norm[DISCRIMINATOR_BLOCKS];
    Conv2dLayer classify; /* 1x1, width -> classes, with bias */
} Discriminator;

Discriminator discriminator_create(ParameterSet *set, const char *name,
                                   const Architecture *architecture, int classes, Ard ard);

/* residual: [B,h,w,R], all levels' gamma on the finest grid; head_logits: [B,h,w,classes].
 * Gives [B,h,w,classes]. */
Node *discriminator_apply(Graph *graph, const Discriminator *discriminator, Node *residual,
                          Node *head_logits);

#endif
