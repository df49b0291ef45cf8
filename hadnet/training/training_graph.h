/* training_graph.h - the graphs of the three training stages, with their losses.
 *
 *     stage 1   image -> backbone -> head;
 *               weighted cross-entropy + soft Dice of the upsampled HST logits
 *     stage 2   image, twin -> backbone (frozen);
 *               statistics of their difference, and of the twin's features, per level
 *     stage 3   image, twin -> backbone (frozen); the image's features go through the autoencoders,
 *               whose targets are the twin's features;
 *               the two losses of stage 1, of the discriminator's logits, + the mean squared errors
 *               of the levels' reconstructions
 *
 * and, if LossOptions ask for them, Lovasz-softmax of the same logits as cross-entropy and Dice,
 * and in stage 3 also cross-entropy + Dice of the HST logits.
 */
#ifndef HADNET_TRAINING_GRAPH_H
#define HADNET_TRAINING_GRAPH_H

#include "data/loader.h"
#include "hadnet/model/feed.h"
#include "hadnet/model/network.h"

enum { LOSS_TERMS_MAX = 4 + MAX_LEVELS };

/* Optional terms of the loss; all zero: none. */
typedef struct LossOptions {
    double lovasz;    /* weight of Lovasz-softmax; 0: none */
    double auxiliary; /* weight of the losses of the HST logits in stage 3; 0: none */
} LossOptions;

/* A part of the loss: "cross_entropy", "dice", "lovasz", "auxiliary", or "reconstruction_1" for the
 * finest level. */
typedef struct LossTerm {
    const char *name;
    Node *value; /* scalar, kept */
} LossTerm;

typedef struct TrainingGraph {
    Graph *graph;
    Node *image;    /* [B,S,S,3] */
    Node *labels;   /* [B,S,S]; stages 1 and 3 */
    Node *weights;  /* [classes], of the cross-entropy; stages 1 and 3 */
    Node *twin;     /* [B,S,S,3]; stages 2 and 3 */
    Node *has_twin; /* [B], 0 or 1; stage 3 */
    Node *loss;     /* scalar, the sum of the terms; stages 1 and 3 */
    LossTerm terms[LOSS_TERMS_MAX];
    int term_count;
    Node *target; /* [B,h,w,1], before min-max; stage 2. With AFSS_TARGET_MASK an input */
    Node *statistics[MAX_LEVELS];                /* [AFSS_ROWS, columns]; stage 2 */
    Node *mean[MAX_LEVELS], *square[MAX_LEVELS]; /* [channels], of the twin's level; stage 2 */
} TrainingGraph;

/* batch images of size x size; the network must have been set to the stage (network_set_stage).
 * false: the error of the graph. Free with training_graph_destroy in any case. */
bool training_graph_stage_1(TrainingGraph *result, const Network *network, int batch, int size,
                            LossOptions losses, Error *error);
bool training_graph_stage_2(TrainingGraph *result, const Network *network, int batch, int size,
                            bool target_is_input, Error *error);
bool training_graph_stage_3(TrainingGraph *result, const Network *network, int batch, int size,
                            LossOptions losses, Error *error);

/* A feed for the graph's inputs except the weights: image, labels, twin, has_twin. And send a
 * loader's batch by it, with targets if the graph has labels. */
bool training_graph_feed(const TrainingGraph *graph, const Device *device, Feed *feed,
                         Error *error);
void training_graph_send(Feed *feed, const Batch *batch);

void training_graph_destroy(TrainingGraph *graph);

#endif
