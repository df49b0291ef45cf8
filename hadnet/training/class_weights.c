#include "hadnet/training/class_weights.h"

#include "tensor/memory.h"

#include <stdlib.h>

/* Adds the pixels of each class in one mask that is drawn so many times. Integers: the order does
 * not matter. */
static void count_labels(const Image *labels, int64_t times, int64_t *counts) {
    int64_t own[CLASSES_MAX + 1] = { 0 };
    for (size_t i = 0; i < image_bytes(labels); i++) own[labels->pixels[i]]++;
    for (int k = 0; k < CLASSES_MAX; k++)
#pragma omp atomic
        counts[k] += times * own[k];
}

void class_weights(const Dataset *dataset, const int *samples, int count, double power,
                   real *weights) {
    int64_t counts[CLASSES_MAX] = { 0 }, all = 0;
    int64_t *times = memory_new((size_t)dataset->count + 1, sizeof *times);
    for (int i = 0; i < count; i++) times[samples[i]]++;
#pragma omp parallel for schedule(dynamic, 16)
    for (int i = 0; i < dataset->count; i++) {
        Image labels;
        Error error = { "" };
        if (times[i] == 0) continue;
        if (!dataset_load_labels(dataset, i, &labels, &error)) {
            memory_must_suffice(&error);
            continue;
        }
        count_labels(&labels, times[i], counts);
        image_free(&labels);
    }
    free(times);
    for (int k = 0; k < dataset->class_count; k++) all += counts[k];
    for (int k = 0; k < dataset->class_count; k++)
        weights[k] = counts[k] ? (real)pow((double)all / (double)counts[k], power) : 1;
}
