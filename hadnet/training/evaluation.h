/* evaluation.h - runs a network on one part of a dataset, and computes metrics. */
#ifndef HADNET_EVALUATION_H
#define HADNET_EVALUATION_H

#include "data/dataset.h"
#include "hadnet/model/model_card.h"
#include "hadnet/reports/metrics.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/training/defects.h"
#include "hadnet/training/examples.h"
#include "hadnet/training/geometry.h"
#include "hadnet/training/reconstruction.h"

typedef struct EvaluationOptions {
    Part part;
    int batch;                      /* at most this many images at a time */
    int limit;                      /* at most this many images; 0: all */
    int turns;                      /* to average answers over (predictor.h); 0: 1 */
    bool head_only;                 /* by the HST logits */
    const char *label;              /* of the progress bar; NULL: none is shown */
    Reconstruction *reconstruction; /* to add to; NULL, or with head_only: none */
    GeometrySums *geometry;         /* to fill; NULL: none */
    Defects *defects;               /* to fill; NULL: none */
} EvaluationOptions;

/* Run every image of the part, in order, at the card's size, and accumulate metrics (calls
 * metrics_begin; the caller frees). examples may be NULL. false: no image could be read, out of
 * memory, or interrupted. */
bool evaluation_run(const Network *network, const ModelCard *card, Dataset *dataset,
                    const EvaluationOptions *options, Metrics *metrics, Examples *examples,
                    Error *error);

#endif
