/* training_images.c - lists an epoch's images, balanced and repeated. */
#include "hadnet/training/training_images.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

int *training_images(const Dataset *dataset, int limit, int *count) {
    int *samples = dataset_part(dataset, PART_TRAIN, count);
    if (limit > 0 && *count > limit) *count = limit;
    return samples;
}

int *training_images_balanced(const Dataset *dataset, int limit, int *count) {
    const Sample *all = dataset->samples;
    int images, defective = 0, *once = training_images(dataset, limit, &images);
    for (int i = 0; i < images; i++) defective += all[once[i]].label != 0;
    const int sound = images - defective;
    const int times = defective > 0 && defective < sound ? (sound + defective / 2) / defective : 1;
    int *list = memory_new((size_t)images * (size_t)times, sizeof *list);
    *count = 0;
    for (int i = 0; i < images; i++)
        for (int time = 0; time < (all[once[i]].label != 0 ? times : 1); time++)
            list[(*count)++] = once[i];
    free(once);
    return list;
}

int *training_images_rare(const Dataset *dataset, int *list, int *count, double threshold) {
    const Sample *all = dataset->samples;
    double images[CLASSES_MAX] = { 0 }, times[CLASSES_MAX], owed[CLASSES_MAX] = { 0 };
    int longer = 0;
    if (threshold <= 0) return list;
    for (int i = 0; i < *count; i++) images[all[list[i]].label]++;
    for (int k = 0; k < CLASSES_MAX; k++)
        times[k] = images[k] > 0 ? fmax(1, sqrt(threshold * *count / images[k])) : 1;
    double most = 0;
    for (int k = 0; k < CLASSES_MAX; k++) most += images[k] * times[k] + 1;
    int *repeated = memory_new((size_t)most + 1, sizeof *repeated);
    for (int i = 0; i < *count; i++) {
        const int label = all[list[i]].label;
        for (owed[label] += times[label]; owed[label] >= 1; owed[label]--)
            repeated[longer++] = list[i];
    }
    free(list);
    *count = longer;
    return repeated;
}

int training_images_times(int count, int least) {
    return count > 0 && count < least ? (least + count - 1) / count : 1;
}

int *training_images_repeat(int *list, int *count, int times) {
    int *longer = memory_resize(list, (size_t)*count * (size_t)times, sizeof *list);
    for (int i = *count; i < *count * times; i++) longer[i] = longer[i - *count];
    *count *= times;
    return longer;
}

LoaderOptions training_loader(const Settings *settings, const int *samples, int count) {
    LoaderOptions options = loader_default(samples, count);
    options.size = settings->size;
    options.fit = (Fit)settings->fit;
    options.batch = settings->batch;
    options.shuffle = true;
    return options;
}
