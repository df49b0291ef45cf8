/* examples.c - chooses images, and keeps them at the network's size. */
#include "hadnet/training/examples.h"

#include "hadnet/training/input_image.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void free_sample(OverlaySample *sample) {
    image_free(&sample->image);
    free((void *)sample->truth);
    free((void *)sample->prediction);
    free((void *)sample->scores);
    *sample = (OverlaySample){ .caption = NULL };
}

void examples_free(Examples *examples) {
    for (int i = 0; i < examples->count; i++) free_sample(&examples->samples[i]);
    for (int i = 0; i < examples->worst.count; i++) free_sample(&examples->worst.samples[i]);
    for (int i = 0; i < examples->best.count; i++) free_sample(&examples->best.samples[i]);
    examples->count = examples->worst.count = examples->best.count = 0;
}

static void *copy(const void *bytes, size_t count) {
    return memcpy(memory_new(count, 1), bytes, count);
}

/* The image at the network's size, with its labels and an answer of that size. */
static bool take(const ExampleSource *source, OverlaySample *taken, Error *error) {
    const Batch *batch = source->batch;
    const size_t pixels = (size_t)batch->size * (size_t)batch->size;
    const size_t at = (size_t)source->place * pixels;
    const Sample *sample = &source->dataset->samples[batch->samples[source->place]];
    const PredictorAnswer answer = { .height = batch->size,
                                     .width = batch->size,
                                     .labels = memory_new(pixels, 1),
                                     .scores = memory_new(pixels, sizeof(float)) };
    *taken = (OverlaySample){
        .image = input_image(batch->images + 3 * at, batch->size, &source->card->normalisation),
        .truth = copy(batch->labels + at, pixels),
        .prediction = answer.labels,
        .scores = answer.scores,
        .caption = sample->name,
        .width = sample->width,
        .height = sample->height,
    };
    return predictor_answer(source->predictor, source->place, &answer, error);
}

static bool offer_first(Examples *examples, const ExampleSource *source, Error *error) {
    const Batch *batch = source->batch;
    const size_t pixels = (size_t)batch->size * (size_t)batch->size;
    const uint8_t *labels = batch->labels + (size_t)source->place * pixels;
    const int classes = source->card->classes;
    const int defect = dataset_main_defect(labels, pixels, classes);
    const int each = (EXAMPLES_MAX + classes - 2) / (classes - 1);
    if (examples->count == EXAMPLES_MAX || defect == 0 || examples->of_class[defect] == each)
        return true;
    examples->of_class[defect]++;
    return take(source, &examples->samples[examples->count++], error);
}

/* sign: 1 for the best, -1 for the worst. Of equals the first stays. */
static bool offer_extreme(Extremes *extremes, int sign, const ExampleSource *source, double iou,
                          Error *error) {
    int at = extremes->count;
    while (at > 0 && sign * iou > sign * extremes->iou[at - 1]) at--;
    if (at == EXTREMES_MAX) return true;
    if (extremes->count == EXTREMES_MAX) free_sample(&extremes->samples[--extremes->count]);
    for (int i = extremes->count; i > at; i--) {
        extremes->samples[i] = extremes->samples[i - 1];
        extremes->iou[i] = extremes->iou[i - 1];
    }
    extremes->count++;
    extremes->iou[at] = iou;
    return take(source, &extremes->samples[at], error);
}

bool examples_offer(Examples *examples, const ExampleSource *source, double iou, Error *error) {
    return offer_first(examples, source, error) &&
           (isnan(iou) || (offer_extreme(&examples->worst, -1, source, iou, error) &&
                           offer_extreme(&examples->best, 1, source, iou, error)));
}
