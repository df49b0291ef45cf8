/* class_weights.c - computes class weights from the pixel counts of the training masks. */
#include "hadnet/training/class_weights.h"

#include "tensor/memory.h"

#include <stdlib.h>

void class_weights(const Dataset *dataset, const int *samples, int count, double power,
                   real *weights) {
    int64_t counts[CLASSES_MAX] = { 0 }, all = 0;
    int64_t *times = memory_new((size_t)dataset->count + 1, sizeof *times);
    for (int i = 0; i < count; i++) times[samples[i]]++;
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < dataset->count; i++) {
        int64_t own[LABEL_IGNORE + 1]; /* integers: the order of the sums does not matter */
        if (times[i] == 0) continue;
        dataset_count_labels(dataset, i, own);
        for (int k = 0; k < dataset->class_count; k++)
#pragma omp atomic
            counts[k] += times[i] * own[k];
    }
    free(times);
    for (int k = 0; k < dataset->class_count; k++) all += counts[k];
    for (int k = 0; k < dataset->class_count; k++)
        weights[k] = counts[k] ? (real)pow((double)all / (double)counts[k], power) : 1;
}
