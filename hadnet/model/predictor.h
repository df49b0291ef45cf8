/* predictor.h - images in, labels and anomaly scores out.
 *
 * The one way in which validation, hadnet_eval and hadnet_predict ask a network for its answer. The
 * network answers at its finest level's size, a fraction of the image's; only labels and scores, 5
 * bytes a pixel, are ever held at the size asked for. What lies between, a real per class and
 * pixel, is made some rows at a time.
 *
 * With turns, the network sees each image also mirrored and transposed, its answers are brought back,
 * and the probabilities are averaged.
 */
#ifndef HADNET_PREDICTOR_H
#define HADNET_PREDICTOR_H

#include "hadnet/model/feed.h"
#include "hadnet/model/network.h"

typedef struct Predictor {
    Graph *graph;
    Node *image, *logits;
    Feed feed;            /* of the image */
    Discrimination parts; /* graph_keep what is to be read after a run */
    int batch, height, width, classes;
    int turns;       /* 1: the image as it is; 2, 4 or 8 of its mirror images and transposes */
    real *host;      /* [turns], the logits, on the host, as of the image as it is; owned */
    real *turned;    /* the images, turned, and logits before they are brought back; owned */
    real *room;      /* rows of probabilities, for each thread; owned */
    int room_width;  /* of answers that it is enough for */
    int threads;     /* that it has room for */
    uint8_t *labels; /* [batch][height][width], the most probable class; owned */
    float *scores;   /* [batch][height][width], 1 - P(background); owned */
} Predictor;

/* For batches of size x size images, answers at height x width (the images' size, or another; 0 x 0
 * where only predictor_run_at is called). head_only: by the HST logits alone. The network must
 * outlive it; its weights may change between runs. false: the images are too small, or no memory.
 */
bool predictor_create(Predictor *predictor, const Network *network, bool head_only, int batch,
                      int size, int height, int width, Error *error);
void predictor_free(Predictor *predictor);

/* Let the next runs average over so many of the image's 8 symmetries: 1, 2, 4 or 8. What parts hold
 * after a run is of the image as it is. false: no memory. */
bool predictor_set_turns(Predictor *predictor, int turns, Error *error);

/* images: [batch][size][size][3], normalised, on the host. Fills labels and scores. */
bool predictor_run(Predictor *predictor, const real *images, Error *error);

/* The same at another size, into the caller's labels and scores, [batch][height][width] each. */
bool predictor_run_at(Predictor *predictor, const real *images, int height, int width,
                      uint8_t *labels, float *scores, Error *error);

#endif
