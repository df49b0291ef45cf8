/* summary.h - the size and cost of a network: parameters and multiply-adds, layer by layer. */
#ifndef HADNET_SUMMARY_H
#define HADNET_SUMMARY_H

#include "hadnet/model/network.h"

#include <stdio.h>

typedef struct NetworkCost {
    int64_t parameters;    /* numbers that training can change */
    int64_t multiply_adds; /* of inference on one image */
} NetworkCost;

/* Print a line per layer that has weights, and the totals, for one size x size image; stream NULL
 * prints nothing. false: the image is too small for the network. */
bool summary_print(FILE *stream, const Network *network, int size, NetworkCost *cost, Error *error);

#endif
