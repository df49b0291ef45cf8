/* loader_place.c - loads, pairs, turns, jitters and normalises one image of a batch. */
#include "data/loader_place.h"

#include "data/image/resize.h"

#include <string.h>

enum { AUGMENT_PURPOSE = 0x415547, TWIN_PURPOSE = 0x545749, DONORS = 16 };

/* The image, turned, as numbers in 0..1. */
static void to_reals(const Image *image, int turn, real *out) {
    Image turned = image_turn(image, turn);
    for (size_t i = 0; i < image_bytes(&turned); i++)
        out[i] = (real)turned.pixels[i] * (1 / 255.0f);
    image_free(&turned);
}

static bool has_defect(const Image *labels) {
    for (size_t i = 0; i < image_bytes(labels); i++)
        if (labels->pixels[i] != 0 && labels->pixels[i] != LABEL_IGNORE) return true;
    return false;
}

/* The three images of a pair: G with its labels, and I. All owned. */
typedef struct Pair {
    Image abnormal, labels, normal;
} Pair;

static void pair_free(Pair *pair) {
    image_free(&pair->abnormal);
    image_free(&pair->labels);
    image_free(&pair->normal);
}

/* Paste a defect of another, randomly drawn sample onto this one. */
static bool paste_pair(SampleCache *cache, const LoaderOptions *options, const Fetched *fetched,
                       Random *random, Pair *pair) {
    for (int attempt = 0; attempt < DONORS; attempt++) {
        const int donor = options->samples[random_below(random, (uint64_t)options->count)];
        Fetched other;
        if (!sample_cache_fetch(cache, donor, &other, NULL)) continue;
        const bool good = twin_paste(&fetched->image, &other.image, &other.labels, &options->twin,
                                     &pair->abnormal, &pair->labels);
        fetched_free(&other);
        if (!good) continue;
        pair->normal = image_copy(&fetched->image);
        return true;
    }
    return false;
}

static bool make_pair(SampleCache *cache, const LoaderOptions *options, const Fetched *fetched,
                      Random *random, Pair *pair) {
    *pair = (Pair){ 0 };
    const bool defect = has_defect(&fetched->labels);
    const bool own_twin = !defect && options->twins == TWINS_MIXED && random_below(random, 2) == 0;
    if (!defect && !own_twin) return paste_pair(cache, options, fetched, random, pair);
    if (own_twin)
        pair->normal = image_copy(&fetched->image);
    else if (!twin_fill(&fetched->image, &fetched->labels, &options->twin, random, &pair->normal))
        return false;
    pair->abnormal = image_copy(&fetched->image);
    pair->labels = image_copy(&fetched->labels);
    return true;
}

/* A copy of the window's part of the image, or the image itself, which is then not to be freed. */
static Image shown_of(const Window *window, const Image *image, bool labels) {
    return window->applies ? augmentation_show_window(window, image, labels) : *image;
}

static void shown_free(const Window *window, Image *shown) {
    if (window->applies) image_free(shown);
}

/* The window's part of the image, turned, as numbers in 0..1. */
static void show(const Window *window, const Image *image, int turn, real *out) {
    Image shown = shown_of(window, image, false);
    to_reals(&shown, turn, out);
    shown_free(window, &shown);
}

/* Scale, turn and jitter an image, its labels and its twin alike, and write the whole place: no
 * value of the slot's previous image may remain. twin: NULL for none. */
static void finish(const LoaderOptions *options, int epoch, int sample, const Image *image,
                   const Image *labels, const Image *twin, const Place *place) {
    Random random =
        random_stream(options->seed, (uint64_t)epoch, (uint64_t)sample, AUGMENT_PURPOSE);
    const int turn = augmentation_draw_turn(&options->augment, &random);
    const Jitter jitter = augmentation_draw_jitter(&options->augment, &random);
    const Window window = augmentation_draw_window(&options->augment, options->size, &random);
    const size_t pixels = image_bytes(labels);
    Image shown = shown_of(&window, labels, true), turned = image_turn(&shown, turn);
    shown_free(&window, &shown);
    memcpy(place->labels, turned.pixels, pixels);
    for (size_t i = 0; place->targets && i < pixels; i++) place->targets[i] = turned.pixels[i];
    image_free(&turned);
    show(&window, image, turn, place->image);
    *place->has_twin = twin ? 1 : 0;
    if (twin)
        show(&window, twin, turn, place->twin);
    else if (place->twin)
        memset(place->twin, 0, 3 * pixels * sizeof(real));
    augmentation_jitter(&jitter, place->image, twin ? place->twin : NULL, pixels);
    augmentation_normalise(&options->normalisation, place->image, pixels);
    if (twin) augmentation_normalise(&options->normalisation, place->twin, pixels);
}

PlaceResult loader_fill_place(SampleCache *cache, const LoaderOptions *options, int epoch,
                              int sample, const Place *place, Error *error) {
    Fetched fetched;
    if (!sample_cache_fetch(cache, sample, &fetched, error)) return PLACE_BROKEN;
    PlaceResult result = PLACE_FILLED;
    Pair pair = { 0 };
    Random random = random_stream(options->seed, (uint64_t)epoch, (uint64_t)sample, TWIN_PURPOSE);
    if (options->twins != TWINS_NONE && make_pair(cache, options, &fetched, &random, &pair))
        finish(options, epoch, sample, &pair.abnormal, &pair.labels, &pair.normal, place);
    else if (options->twins != TWINS_ALWAYS)
        finish(options, epoch, sample, &fetched.image, &fetched.labels, NULL, place);
    else
        result = PLACE_UNUSABLE;
    pair_free(&pair);
    fetched_free(&fetched);
    return result;
}
