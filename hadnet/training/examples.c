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

/* Where an image is in the square that the network is given. */
static Frame place_in_square(Fit fit, const Sample *sample, int size) {
    const Frame frame = frame_of(fit, sample->width, sample->height);
    Frame place = { .left = (int)((int64_t)frame.left * size / frame.width),
                    .top = (int)((int64_t)frame.top * size / frame.height) };
    place.width = (int)((int64_t)sample->width * size / frame.width);
    place.height = (int)((int64_t)sample->height * size / frame.height);
    if (place.width < 1) place.width = 1;
    if (place.height < 1) place.height = 1;
    return place;
}

/* That part of a square with `channels` bytes a pixel. */
static Image cut_out(const uint8_t *square, int size, const Frame *place, int channels) {
    Image part = image_new(place->width, place->height, channels);
    const size_t bytes = (size_t)place->width * (size_t)channels;
    for (int y = 0; y < place->height; y++) {
        const size_t first = (size_t)(place->top + y) * (size_t)size + (size_t)place->left;
        memcpy(part.pixels + (size_t)y * bytes, square + first * (size_t)channels, bytes);
    }
    return part;
}

/* The image at the network's size, with its labels and an answer of that size. */
static bool take(const ExampleSource *source, OverlaySample *taken, Error *error) {
    const Batch *batch = source->batch;
    const size_t at = (size_t)source->place * (size_t)batch->size * (size_t)batch->size;
    const Sample *sample = &source->dataset->samples[batch->samples[source->place]];
    const Frame place = place_in_square(source->card->fit, sample, batch->size);
    const size_t pixels = (size_t)place.width * (size_t)place.height;
    const PredictorAnswer answer = { .height = place.height,
                                     .width = place.width,
                                     .labels = memory_new(pixels, 1),
                                     .scores = memory_new(pixels, sizeof(float)) };
    Image square = input_image(batch->images + 3 * at, batch->size, &source->card->normalisation);
    *taken = (OverlaySample){
        .image = cut_out(square.pixels, batch->size, &place, 3),
        .truth = cut_out(batch->labels + at, batch->size, &place, 1).pixels,
        .prediction = answer.labels,
        .scores = answer.scores,
        .caption = sample->name,
        .width = sample->width,
        .height = sample->height,
    };
    image_free(&square);
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
