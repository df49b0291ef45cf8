/* loader.c - the ring of batches, its worker threads, and waiting for a batch. */
#include "data/loader.h"

#include "data/loader_place.h"
#include "tensor/memory.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_PURPOSE = 0x4f5244 };

/* Batches are numbered over all epochs; number n is in slot n % depth. One thread fills a slot
 * between its release and its being ready. */
typedef struct Slot {
    Batch batch;
    bool ready, failed;
    Error error;
} Slot;

struct Loader {
    LoaderOptions options;
    Dataset *dataset;
    SampleCache *cache;
    int *samples;
    int batches; /* per epoch */
    Slot *slots;
    pthread_t *threads;
    int running; /* threads started */
    pthread_mutex_t lock;
    pthread_cond_t space, ready; /* a slot was released; a batch was finished */
    long next, released, end;    /* next to prepare; all below are released; first not to prepare */
    bool holding, stop;
};

LoaderOptions loader_default(const int *samples, int count) {
    return (LoaderOptions){ .samples = samples,
                            .count = count,
                            .size = 256,
                            .batch = 8,
                            .twin = twin_default(),
                            .normalisation = normalisation_default(),
                            .cache_bytes = (size_t)1 << 30 };
}

int loader_batches(const Loader *loader) {
    return loader->batches;
}

static int *epoch_order(const Loader *loader, int epoch) {
    const LoaderOptions *options = &loader->options;
    int *order = memory_new((size_t)options->count, sizeof(int));
    memcpy(order, loader->samples, (size_t)options->count * sizeof(int));
    Random random = random_stream(options->seed, (uint64_t)epoch, 0, ORDER_PURPOSE);
    if (options->shuffle) random_shuffle(&random, order, options->count);
    return order;
}

static Place place_of(const Batch *batch, int index) {
    const size_t pixels = (size_t)batch->size * (size_t)batch->size;
    const size_t at = (size_t)index * pixels;
    return (Place){ .image = batch->images + 3 * at,
                    .twin = batch->twins ? batch->twins + 3 * at : NULL,
                    .labels = batch->labels + at,
                    .targets = batch->targets ? batch->targets + at : NULL,
                    .has_twin = batch->has_twin + index };
}

static void pad_place(Batch *batch, int index) {
    const size_t pixels = (size_t)batch->size * (size_t)batch->size;
    const Place place = place_of(batch, index);
    memset(place.image, 0, 3 * pixels * sizeof(real));
    if (place.twin) memset(place.twin, 0, 3 * pixels * sizeof(real));
    memset(place.labels, LABEL_IGNORE, pixels);
    for (size_t i = 0; place.targets && i < pixels; i++) place.targets[i] = LABEL_IGNORE;
    *place.has_twin = 0;
    batch->samples[index] = -1;
}

static bool is_stopping(Loader *loader) {
    pthread_mutex_lock(&loader->lock);
    const bool stop = loader->stop;
    pthread_mutex_unlock(&loader->lock);
    return stop;
}

/* Fill one place from position `from` of the order. Unless every sample has its own place, the
 * following samples replace one that cannot be used. */
static bool fill_place(Loader *loader, Batch *batch, int index, const int *order, long from,
                       Error *error) {
    const LoaderOptions *options = &loader->options;
    const Place place = place_of(batch, index);
    const int tries = options->every ? 1 : options->count;
    Error line = { "" };
    if (options->every && from >= options->count) {
        pad_place(batch, index);
        return true;
    }
    for (int attempt = 0; attempt < tries && !is_stopping(loader); attempt++) {
        const int sample = order[(from + attempt) % options->count];
        const PlaceResult result =
            loader_fill_place(loader->cache, options, batch->epoch, sample, &place, &line);
        if (result == PLACE_BROKEN && loader->dataset->refuse)
            return error_set(error, "%s", line.text);
        if (result != PLACE_FILLED) continue;
        batch->samples[index] = sample;
        batch->filled++;
        return true;
    }
    pad_place(batch, index);
    return options->every ||
           error_set(error, "%s: none of %d images can be used; for one, %s",
                     loader->dataset->folder, options->count,
                     line.text[0] ? line.text
                                  : "no normal twin can be made: "
                                    "too much of the image is defect, or no other image lends one");
}

static void fill_slot(Loader *loader, Slot *slot, long number) {
    Batch *batch = &slot->batch;
    batch->epoch = (int)(number / loader->batches);
    batch->index = (int)(number % loader->batches);
    batch->filled = 0;
    slot->failed = false;
    int *order = epoch_order(loader, batch->epoch);
    for (int i = 0; i < batch->count && !slot->failed && !is_stopping(loader); i++)
        slot->failed = !fill_place(loader, batch, i, order, (long)batch->index * batch->count + i,
                                   &slot->error);
    free(order);
}

static void *work(void *context) {
    Loader *loader = context;
    pthread_mutex_lock(&loader->lock);
    for (;;) {
        while (!loader->stop && loader->next < loader->end &&
               loader->next - loader->released >= loader->options.depth)
            pthread_cond_wait(&loader->space, &loader->lock);
        if (loader->stop || loader->next >= loader->end) break;
        const long number = loader->next++;
        Slot *slot = &loader->slots[number % loader->options.depth];
        pthread_mutex_unlock(&loader->lock);
        fill_slot(loader, slot, number);
        pthread_mutex_lock(&loader->lock);
        slot->ready = true;
        pthread_cond_broadcast(&loader->ready);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

const Batch *loader_next(Loader *loader, Error *error) {
    const Batch *batch = NULL;
    if (error) error->text[0] = '\0';
    pthread_mutex_lock(&loader->lock);
    if (loader->holding) {
        loader->slots[loader->released % loader->options.depth].ready = false;
        loader->released++;
        loader->holding = false;
        pthread_cond_broadcast(&loader->space);
    }
    if (loader->released < loader->end) {
        const Slot *slot = &loader->slots[loader->released % loader->options.depth];
        while (!slot->ready) pthread_cond_wait(&loader->ready, &loader->lock);
        if (slot->failed)
            error_set(error, "%s", slot->error.text);
        else
            batch = &slot->batch;
        loader->holding = batch != NULL; /* a failed batch stays: the next call fails again */
    }
    pthread_mutex_unlock(&loader->lock);
    return batch;
}

static bool numbers_new(const LoaderOptions *options, size_t count, real **numbers) {
    *numbers = options->device->allocate_host(count * sizeof(real));
    return *numbers != NULL;
}

/* The user chooses the batch size, so a batch too large for memory is an error, not an abort. */
static bool slots_new(Loader *loader, Error *error) {
    const LoaderOptions *options = &loader->options;
    const size_t places = (size_t)options->batch;
    const size_t pixels = places * (size_t)options->size * (size_t)options->size;
    loader->slots = memory_new((size_t)options->depth, sizeof(Slot));
    for (int i = 0; i < options->depth; i++) {
        Batch *batch = &loader->slots[i].batch;
        batch->count = options->batch;
        batch->size = options->size;
        batch->samples = memory_new(places, sizeof(int));
        batch->labels = calloc(pixels, 1);
        if (!batch->labels || !numbers_new(options, 3 * pixels, &batch->images) ||
            !numbers_new(options, places, &batch->has_twin) ||
            (options->twins != TWINS_NONE && !numbers_new(options, 3 * pixels, &batch->twins)) ||
            (options->targets && !numbers_new(options, pixels, &batch->targets)))
            return error_no_memory(error, "%d batches of %d images of %dx%d", options->depth,
                                   options->batch, options->size, options->size);
    }
    return true;
}

/* Workers block all signals: they are for the thread that opened the loader. */
static bool start_threads(Loader *loader, Error *error) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool good = true;
    while (good && loader->running < loader->options.threads) {
        good = pthread_create(&loader->threads[loader->running], NULL, work, loader) == 0;
        loader->running += good;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good || loader->running > 0 || error_set(error, "cannot start a loader thread");
}

Loader *loader_open(Dataset *dataset, const LoaderOptions *options, Error *error) {
    PROMISE(options->size >= 16 && options->batch >= 1, "batch %d of side %d", options->batch,
            options->size);
    if (options->count < 1) {
        error_set(error, "%s: no images to load", dataset->folder);
        return NULL;
    }
    Loader *loader = memory_new(1, sizeof *loader);
    loader->options = *options;
    if (loader->options.threads < 1) loader->options.threads = 1;
    if (loader->options.depth < 2) loader->options.depth = 2 * loader->options.threads + 1;
    if (!options->device) loader->options.device = device_cpu();
    loader->dataset = dataset;
    loader->cache = sample_cache_new(dataset, options->size, options->fit, options->cache_bytes);
    loader->samples = memory_new((size_t)options->count, sizeof(int));
    memcpy(loader->samples, options->samples, (size_t)options->count * sizeof(int));
    loader->options.samples = loader->samples;
    const int whole = options->count / options->batch;
    loader->batches = options->every ? (options->count + options->batch - 1) / options->batch
                      : whole        ? whole
                                     : 1;
    loader->next = loader->released =
        (long)options->first_epoch * loader->batches + options->first_batch;
    loader->end = options->epochs ? (long)options->epochs * loader->batches : LONG_MAX;
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->space, NULL);
    pthread_cond_init(&loader->ready, NULL);
    loader->threads = memory_new((size_t)loader->options.threads, sizeof(pthread_t));
    if (slots_new(loader, error) && start_threads(loader, error)) return loader;
    loader_close(loader);
    return NULL;
}

static void batch_free(Batch *batch, const Device *device) {
    device->deallocate_host(batch->images);
    device->deallocate_host(batch->twins);
    device->deallocate_host(batch->has_twin);
    device->deallocate_host(batch->targets);
    free(batch->labels);
    free(batch->samples);
}

void loader_close(Loader *loader) {
    if (!loader) return;
    pthread_mutex_lock(&loader->lock);
    loader->stop = true;
    pthread_cond_broadcast(&loader->space);
    pthread_mutex_unlock(&loader->lock);
    for (int i = 0; i < loader->running; i++) pthread_join(loader->threads[i], NULL);
    for (int i = 0; i < loader->options.depth; i++)
        batch_free(&loader->slots[i].batch, loader->options.device);
    free(loader->slots);
    free(loader->threads);
    free(loader->samples);
    sample_cache_free(loader->cache);
    pthread_cond_destroy(&loader->space);
    pthread_cond_destroy(&loader->ready);
    pthread_mutex_destroy(&loader->lock);
    free(loader);
}
