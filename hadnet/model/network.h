/* network.h - the whole of HADNet: options, parameters, and its parts as graph functions.
 *
 * The network is that of Feng, Liu, Gai, "Hyperbolic geometry enhanced feature filtering network
 * for industrial anomaly detection", Sci. Rep. 15, 25668, 2025. Equation numbers in hadnet/ are the
 * paper's. The paper describes 8 to 13 only in words, and the code fixes a definition for each.
 *
 *     image -> backbone -> levels -> head (HST) -> u, class distances, class logits
 *                            |                                    |
 *              AFSS keeps r_i channels of each level              |
 *                            |                                    |
 *              autoencoders -> residuals -> ARD -> discriminator -+-> class logits per pixel
 *
 * The functions below append the parts to a graph, in the order of that diagram.
 * hadnet/model/backbone.h, head.h, autoencoder.h and discriminator.h define the parts.
 */
#ifndef HADNET_NETWORK_H
#define HADNET_NETWORK_H

#include "data/labels/class_names.h"
#include "hadnet/model/architecture.h"
#include "hadnet/model/autoencoder.h"
#include "hadnet/model/backbone.h"
#include "hadnet/model/discriminator.h"
#include "hadnet/model/head.h"
#include "nn/parameters.h"

/* How a level is reduced to r_i channels for its autoencoder. */
typedef enum Reduction {
    REDUCTION_AFSS,      /* the channels that AFSS chose */
    REDUCTION_RANDOM,    /* RDR: random channels */
    REDUCTION_PROJECTION /* RLPR: a frozen random 1x1 projection */
} Reduction;

typedef struct NetworkOptions {
    const Architecture *architecture;
    bool hyperbolic;                   /* false: the Euclidean variant */
    double curvature;                  /* c > 0; unused by that variant */
    bool learn_curvature, temperature; /* this and clip: HeadOptions */
    double clip;
    Reduction reduction;
    Ard ard;
    int classes;             /* 2 to CLASSES_MAX; 0 is the background */
    uint64_t seed;           /* of the initial weights */
    uint64_t selection_seed; /* of random channels and projections; 0: seed */
} NetworkOptions;

typedef struct Network {
    NetworkOptions options;
    ParameterSet *parameters; /* owned */
    Backbone backbone;
    Head head;
    int *selected[MAX_LEVELS]; /* [kept] channel numbers, ascending; owned */
    /* [channels], of defect-free metal; measured in stage 2, when the backbone is frozen. */
    Parameter *level_mean[MAX_LEVELS], *level_variance[MAX_LEVELS];
    Parameter *projection[MAX_LEVELS]; /* of REDUCTION_PROJECTION; NULL otherwise */
    Autoencoder autoencoders[MAX_LEVELS];
    Discriminator discriminator;
} Network;

/* A new network with initial weights. NULL: an option is out of range, or no memory. */
Network *network_create(const NetworkOptions *options, const Device *device, Error *error);
void network_destroy(Network *network);

/* Prepare for a stage of training: stage 1 trains backbone and head; stage 3 trains autoencoders
 * and discriminator; stage 2 trains nothing. Everything else is frozen, batch norms included. Call
 * this before building the stage's graph. */
void network_set_stage(Network *network, int stage);

/* Make the whole network give its head's answer: sets the discriminator's last layer, whose output
 * is added to the HST logits, to zero. A new network is already so. */
void network_answer_by_head(Network *network);

/* image [B,H,W,3], normalised -> the backbone's levels, finest first. */
Features network_features(Graph *graph, const Network *network, Node *image);

/* Levels -> HST at the finest level's size: logits, or signed distances d_k, [B,h,w,classes]. */
Node *network_head_logits(Graph *graph, const Network *network, const Features *features);
Node *network_head_distances(Graph *graph, const Network *network, const Features *features);

/* The r_i channels of level i that the autoencoder sees: [B,h,w,r_i]. They are standardised by
 * level_mean and level_variance (a projection is of the standardised channels). */
Node *network_reduce(Graph *graph, const Network *network, const Features *features, int level);

typedef struct Discrimination {
    Node *reduced[MAX_LEVELS];       /* the autoencoders' inputs */
    Node *reconstructed[MAX_LEVELS]; /* the autoencoders' outputs */
    Node *logits;                    /* [B,h,w,classes], at the finest level's size */
} Discrimination;

/* What inference computes on the way; NULL where it does not. */
typedef struct NetworkParts {
    Node *tangents, *head_logits; /* u, [B,h,w,D], and the HST logits */
    Discrimination found;
} NetworkParts;

/* Levels and the head's logits -> autoencoders, ARD, discriminator. */
Discrimination network_discriminate(Graph *graph, const Network *network, const Features *features,
                                    Node *head_logits);

/* The whole network for inference: image [B,h,w,3] -> logits at the finest level's size. head_only
 * gives the HST logits instead, for weights that stage 3 has not trained. parts may be NULL. */
Node *network_logits(Graph *graph, const Network *network, Node *image, bool head_only,
                     NetworkParts *parts);

/* The same, resized: [B,height,width,classes]. */
Node *network_infer(Graph *graph, const Network *network, Node *image, bool head_only,
                    int64_t height, int64_t width);

#endif
