/* examples.h - images kept from an evaluation, to be shown: the first of every class of defect, and
 * those whose defects were found worst and best. */
#ifndef HADNET_EXAMPLES_H
#define HADNET_EXAMPLES_H

#include "data/loader.h"
#include "hadnet/model/model_card.h"
#include "hadnet/model/predictor.h"
#include "hadnet/reports/overlays.h"

enum { EXAMPLES_MAX = 6, EXTREMES_MAX = 4 };

typedef struct Extremes {
    OverlaySample samples[EXTREMES_MAX]; /* as those below */
    double iou[EXTREMES_MAX];            /* over the image's defects; the most extreme first */
    int count;
} Extremes;

typedef struct Examples {
    OverlaySample samples[EXAMPLES_MAX]; /* the first ones; images and labels are owned */
    int count, of_class[CLASSES_MAX];
    Extremes worst, best;
} Examples;

void examples_free(Examples *examples);

/* An image of a batch that the predictor has run. */
typedef struct ExampleSource {
    Predictor *predictor;
    const Batch *batch;
    int place;
    const ModelCard *card;
    const Dataset *dataset;
} ExampleSource;

/* Keep the image if it is one of those to be shown. iou: over its defects; NaN: it has none, and none
 * was found. false: no memory. */
bool examples_offer(Examples *examples, const ExampleSource *source, double iou, Error *error);

#endif
