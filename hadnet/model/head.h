/* head.h - the hyperbolic head (HST): from features to a point of the Poincare ball per pixel, to
 * signed distances, to class logits.
 *
 *     levels -> neck (1x1 each, upsampled to the finest level, summed; a separable 3x3) -> u
 *     or top-down (Lin et al., CVPR 2017): 1x1 each; from the coarsest level on, the merged
 *     levels are upsampled, added to the next level, and a 3x3 follows -> a last 1x1 -> u
 *     x = exp_0(u)
 *     d_k = signed distance of x to the hyperplane of class k, of point p_k and normal a_k
 *     logit_k = lambda_p |a_k| d_k
 *
 * hyp/hyperplane/hyperplane.h has the formulas. The Euclidean variant has the same
 * parameters, drawn alike: logit_k = 4 [u - p_k, a_k], the limit c -> 0, which is also its d_k.
 *
 * On request u is clipped to a radius before exp_0 (Guo et al., CVPR 2022), c is learnt, or all logits
 * are multiplied by one learnt number, a temperature: a control for what a ball could do by
 * squashing logits alone.
 */
#ifndef HADNET_HEAD_H
#define HADNET_HEAD_H

#include "hadnet/model/backbone.h"
#include "hyp/layers.h"

/* The largest sqrt(c) r: tanh of it is 1 to all digits, so that it clips nothing that matters. */
enum { CLIP_MAX = 40 };

typedef struct HeadOptions {
    int classes;
    bool hyperbolic;
    double curvature; /* c > 0; with learn_curvature the first; unused by the Euclidean variant */
    bool learn_curvature; /* this and clip are of the hyperbolic head */
    double clip;          /* sqrt(c) r, r the radius to which u is clipped; 0: it is not */
    bool temperature;     /* multiply logits by a learnt number, which begins at 1 */
} HeadOptions;

typedef struct Head {
    const Architecture *architecture;
    Conv2dLayer lateral[MAX_LEVELS]; /* 1x1, channels[i] -> D */
    BatchNormLayer sum_norm;         /* this and the next two of DECODER_SUM */
    Conv2dLayer depthwise;           /* 3x3 per channel */
    BatchNormLayer depthwise_norm;
    Conv2dLayer merge[MAX_LEVELS - 1]; /* 3x3, at the size of level i; of DECODER_TOP_DOWN */
    BatchNormLayer merge_norm[MAX_LEVELS - 1];
    Conv2dLayer pointwise; /* 1x1, D -> D: u */
    bool hyperbolic;
    real clip;
    HyperplaneLayer hyperplanes;
    Parameter *temperature; /* [1]; NULL: none */
} Head;

Head head_create(ParameterSet *set, const char *name, const Architecture *architecture,
                 const HeadOptions *options);

/* Features -> u: [B,h,w,D], tangent vectors at the origin. */
Node *head_tangents(Graph *graph, const Head *head, const Features *features);

/* u -> logits, or signed distances d_k: [B,h,w,classes]. */
Node *head_logits(Graph *graph, const Head *head, Node *u);
Node *head_distances(Graph *graph, const Head *head, Node *u);

#endif
