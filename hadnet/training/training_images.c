/* training_images.c - which images an epoch of training shows. */
#include "hadnet/training/training_images.h"

#include "tensor/memory.h"

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

int training_images_times(int count, int least) {
    return count > 0 && count < least ? (least + count - 1) / count : 1;
}

int *training_images_repeat(int *list, int *count, int times) {
    int *longer = memory_resize(list, (size_t)*count * (size_t)times, sizeof *list);
    for (int i = *count; i < *count * times; i++) longer[i] = longer[i - *count];
    *count *= times;
    return longer;
}
