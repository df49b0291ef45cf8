/* feature_statistics.h - mean and variance of every channel of a level, over many batches.
 *
 * The scales of the backbone's levels differ by orders of magnitude. Autoencoders are trained on
 * channels standardised by these statistics, so at every level a squared error of 1 means that an
 * autoencoder has learnt only the mean.
 */
#ifndef HADNET_FEATURE_STATISTICS_H
#define HADNET_FEATURE_STATISTICS_H

#include "tensor/error.h"
#include "tensor/real.h"

typedef struct FeatureStatistics {
    int channels, batches;
    /* [channels]: sums over batches of the batch's mean of x, and of x^2; owned. */
    double *mean, *square;
} FeatureStatistics;

/* false: no memory. Free in any case. */
bool feature_statistics_create(FeatureStatistics *statistics, int channels, Error *error);
void feature_statistics_destroy(FeatureStatistics *statistics);

/* Add a batch; all batches have the same number of pixels. mean, square: [channels], the means of x
 * and of x^2 over the batch's pixels. */
void feature_statistics_add(FeatureStatistics *statistics, const real *mean, const real *square);

/* mean, variance: [channels]. At least one batch was added. The variance is never below 0. */
void feature_statistics_finish(const FeatureStatistics *statistics, real *mean, real *variance);

#endif
