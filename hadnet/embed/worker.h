/* worker.h - what one prediction at a time writes: a graph, its buffers, and the prepared image. */
#ifndef HADNET_WORKER_H
#define HADNET_WORKER_H

#include "data/image/image.h"
#include "hadnet/embed/predict_method.h"
#include "hadnet/model/model_card.h"
#include "hadnet/model/predictor.h"

typedef struct Worker {
    const ModelCard *card;
    Predictor predictor;
    real *input; /* [size][size][3], normalised */
    struct Worker *next;
} Worker;

/* A worker for images of the network, which must outlive it, as must its card. NULL: out of
 * memory. */
Worker *worker_create(const Network *network, const ModelCard *card, int turns, Error *error);
void worker_free(Worker *worker);

/* Set mask and score of the answer, whose memory and size are given, for an image of three
 * channels: whole, or by tiles if the method asks for them and the image is larger than one. */
bool worker_predict(Worker *worker, const Image *image, const PredictMethod *method,
                    HadnetAnswer *answer, Error *error);

#endif
