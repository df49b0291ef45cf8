/* inspection.c - counts what a dataset holds, and finds suspicious masks and leaks. */
#include "hadnet/inspection/inspection.h"

#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

static void count_size(Inspection *inspection, const Sample *sample) {
    for (int i = 0; i < inspection->size_count; i++) {
        SizeCount *size = &inspection->sizes[i];
        if (size->width != sample->width || size->height != sample->height) continue;
        size->images++;
        return;
    }
    inspection->sizes = memory_one_more(inspection->sizes, (size_t)inspection->size_count,
                                        sizeof *inspection->sizes);
    inspection->sizes[inspection->size_count++] = (SizeCount){ sample->width, sample->height, 1 };
}

static int by_images(const void *left, const void *right) {
    const SizeCount *a = left, *b = right;
    if (a->images != b->images) return a->images > b->images ? -1 : 1;
    if (a->width != b->width) return a->width > b->width ? -1 : 1;
    return (a->height < b->height) - (a->height > b->height);
}

/* An image that has no mask file is meant to be free of defects, and generated masks are right. */
static Suspicion suspicion_of(const Sample *sample, const int64_t *counts, int classes) {
    int64_t defects = 0;
    for (int k = 1; k < classes; k++) defects += counts[k];
    if (sample->mask_kind == MASK_BACKGROUND || sample->mask_kind == MASK_GENERATED)
        return SUSPICION_NONE;
    if (defects == 0) return SUSPICION_EMPTY;
    if (counts[0] == 0) return SUSPICION_FULL;
    return defects <= SPECK_PIXELS ? SUSPICION_SPECK : SUSPICION_NONE;
}

static void count_sample(Inspection *inspection, const Dataset *dataset, int index) {
    const Sample *sample = &dataset->samples[index];
    int64_t counts[LABEL_IGNORE + 1];
    bool defect = false;
    dataset_count_labels(dataset, index, counts);
    inspection->images[sample->part]++;
    for (int k = 0; k < dataset->class_count; k++) {
        int64_t *smallest = &inspection->smallest[k];
        inspection->pixels[sample->part][k] += counts[k];
        inspection->with_class[sample->part][k] += counts[k] > 0;
        if (counts[k] > 0 && (*smallest == 0 || counts[k] < *smallest)) *smallest = counts[k];
        defect |= k > 0 && counts[k] > 0;
    }
    inspection->defect_free[sample->part] += !defect;
    inspection->suspicion[index] = (uint8_t)suspicion_of(sample, counts, dataset->class_count);
    inspection->suspicions[inspection->suspicion[index]]++;
    count_size(inspection, sample);
}

static void count_scenes(Inspection *inspection, const Dataset *dataset) {
    int(*in_part)[PARTS] = memory_new((size_t)dataset->count + 1, sizeof *in_part);
    for (int i = 0; i < dataset->count; i++) {
        const Sample *sample = &dataset->samples[i];
        in_part[sample->scene][sample->part]++;
        if (sample->scene >= inspection->scenes) inspection->scenes = sample->scene + 1;
    }
    for (int scene = 0; scene < inspection->scenes; scene++) {
        const int *of = in_part[scene], all = of[PART_TRAIN] + of[PART_VAL] + of[PART_TEST];
        if (all > 1) inspection->copies += all;
        for (Part part = PART_VAL; part < PARTS; part++)
            if (of[PART_TRAIN] > 0) inspection->leaks[part] += of[part];
    }
    free(in_part);
}

Inspection inspection_of(const Dataset *dataset) {
    Inspection inspection = { .suspicion = memory_new((size_t)dataset->count + 1, 1) };
    for (int i = 0; i < dataset->count; i++) count_sample(&inspection, dataset, i);
    if (inspection.size_count > 0)
        qsort(inspection.sizes, (size_t)inspection.size_count, sizeof *inspection.sizes, by_images);
    count_scenes(&inspection, dataset);
    return inspection;
}

void inspection_free(Inspection *inspection) {
    free(inspection->sizes);
    free(inspection->suspicion);
    *inspection = (Inspection){ .sizes = NULL };
}

bool inspection_finds_fault(const Dataset *dataset, const Inspection *inspection) {
    return dataset->problems.count > 0 || inspection->suspicions[SUSPICION_EMPTY] > 0 ||
           inspection->suspicions[SUSPICION_FULL] > 0 ||
           inspection->suspicions[SUSPICION_SPECK] > 0 || inspection->leaks[PART_VAL] > 0 ||
           inspection->leaks[PART_TEST] > 0;
}
