/* feature_statistics.c - sums batch means, and turns them into mean and variance. */
#include "hadnet/model/feature_statistics.h"

#include <stdlib.h>

bool feature_statistics_create(FeatureStatistics *statistics, int channels, Error *error) {
    *statistics = (FeatureStatistics){ .channels = channels };
    statistics->mean = calloc((size_t)channels, sizeof *statistics->mean);
    statistics->square = calloc((size_t)channels, sizeof *statistics->square);
    return (statistics->mean && statistics->square) ||
           error_no_memory(error, "the statistics of %d channels", channels);
}

void feature_statistics_destroy(FeatureStatistics *statistics) {
    free(statistics->mean);
    free(statistics->square);
    *statistics = (FeatureStatistics){ 0 };
}

void feature_statistics_add(FeatureStatistics *statistics, const real *mean, const real *square) {
    for (int c = 0; c < statistics->channels; c++) {
        statistics->mean[c] += (double)mean[c];
        statistics->square[c] += (double)square[c];
    }
    statistics->batches++;
}

void feature_statistics_finish(const FeatureStatistics *statistics, real *mean, real *variance) {
    PROMISE(statistics->batches > 0, "statistics of no batch");
    for (int c = 0; c < statistics->channels; c++) {
        const double m = statistics->mean[c] / statistics->batches;
        const double v = statistics->square[c] / statistics->batches - m * m;
        mean[c] = (real)m;
        variance[c] = (real)(v > 0 ? v : 0);
    }
}
