/* sample_cache.c - decodes, resizes and keeps samples; several threads share it. */
#include "data/sample_cache.h"

#include "data/image/resize.h"
#include "tensor/memory.h"

#include <stdlib.h>

typedef struct Entry {
    Image image, labels; /* empty until cached */
    char *problem;       /* why it cannot be loaded */
} Entry;

struct SampleCache {
    Dataset *dataset;
    int side;
    Fit fit;
    size_t room;
    pthread_mutex_t lock;
    Entry *entries; /* one per sample */
};

SampleCache *sample_cache_new(Dataset *dataset, int side, Fit fit, size_t bytes) {
    SampleCache *cache = memory_new(1, sizeof *cache);
    cache->dataset = dataset;
    cache->side = side;
    cache->fit = fit;
    cache->room = bytes;
    cache->entries = memory_new((size_t)dataset->count, sizeof(Entry));
    PROMISE(pthread_mutex_init(&cache->lock, NULL) == 0, "cannot make a mutex");
    return cache;
}

void sample_cache_free(SampleCache *cache) {
    for (int i = 0; i < cache->dataset->count; i++) {
        image_free(&cache->entries[i].image);
        image_free(&cache->entries[i].labels);
        free(cache->entries[i].problem);
    }
    free(cache->entries);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* Whether the entry answers the request: cached (true in *good) or known to be bad. */
static bool is_known(SampleCache *cache, const Entry *entry, Fetched *fetched, bool *good,
                     Error *error) {
    pthread_mutex_lock(&cache->lock);
    *good = entry->image.pixels != NULL;
    const bool known = *good || entry->problem;
    if (*good)
        *fetched = (Fetched){ entry->image, entry->labels, false };
    else if (known)
        error_set(error, "%s", entry->problem);
    pthread_mutex_unlock(&cache->lock);
    return known;
}

/* Two threads may find the same bad sample at once; only the first reports it. */
static void remember_problem(SampleCache *cache, Entry *entry, const char *line) {
    pthread_mutex_lock(&cache->lock);
    const bool first = !entry->problem;
    if (first) entry->problem = memory_text(line);
    pthread_mutex_unlock(&cache->lock);
    if (first) problems_add(&cache->dataset->problems, line);
}

static void keep(SampleCache *cache, Entry *entry, Fetched *fetched) {
    const size_t bytes = image_bytes(&fetched->image) + image_bytes(&fetched->labels);
    pthread_mutex_lock(&cache->lock);
    if (!entry->image.pixels && bytes <= cache->room) {
        cache->room -= bytes;
        entry->image = fetched->image;
        entry->labels = fetched->labels;
        fetched->owned = false;
    }
    pthread_mutex_unlock(&cache->lock);
}

bool sample_cache_fetch(SampleCache *cache, int index, Fetched *fetched, Error *error) {
    Entry *entry = &cache->entries[index];
    Image image, labels;
    bool good;
    Error line = { "" };
    *fetched = (Fetched){ 0 };
    if (is_known(cache, entry, fetched, &good, error)) return good;
    if (!dataset_load(cache->dataset, index, &image, &labels, &line)) {
        memory_must_suffice(&line);
        remember_problem(cache, entry, line.text);
        return error_set(error, "%s", line.text);
    }
    *fetched = (Fetched){ image_fit_bilinear(&image, cache->fit, cache->side),
                          image_fit_nearest(&labels, cache->fit, cache->side), true };
    image_free(&image);
    image_free(&labels);
    keep(cache, entry, fetched);
    return true;
}

void fetched_free(Fetched *fetched) {
    if (fetched->owned) {
        image_free(&fetched->image);
        image_free(&fetched->labels);
    }
    *fetched = (Fetched){ 0 };
}
