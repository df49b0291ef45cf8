/* predict_method.h - hadnet_predict with the settings that the program of that name offers. */
#ifndef HADNET_PREDICT_METHOD_H
#define HADNET_PREDICT_METHOD_H

#include "hadnet/hadnet.h"

/* Zeros: as hadnet_predict. */
typedef struct PredictMethod {
    /* A pixel whose score is at least this is a defect, of the most probable class but the
     * background; 0: a pixel is of its most probable class. */
    double threshold;
    int64_t min_area; /* smaller regions are removed from the mask and from the list, in pixels */
    /* Predict an image with a side longer than this by tiles of tile x tile pixels, each resized
     * to the network's size (tiles.h); 0: predict it whole, resized to the network's size. */
    int tile;
    bool (*stop)(void); /* asked before each tile: true makes the prediction fail. NULL: never */
} PredictMethod;

bool hadnet_predict_by(HadnetNetwork *network, const HadnetImage *image,
                       const PredictMethod *method, HadnetAnswer *answer, Error *error);

#endif
