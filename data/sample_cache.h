/* sample_cache.h - decoded pictures at the network's size, kept while there is room.
 *
 * Later epochs then neither read nor decode. What is kept is never dropped, so that a fetched
 * picture stays valid without a lock; when the room is used up, the rest is decoded every time.
 */
#ifndef DATA_SAMPLE_CACHE_H
#define DATA_SAMPLE_CACHE_H

#include "data/dataset.h"

typedef struct SampleCache SampleCache;

/* A picture of side x side pixels and its labels. */
typedef struct Fetched {
    Image image, labels;
    bool owned; /* else the cache's own */
} Fetched;

/* A cache over dataset of at most `bytes` bytes. The caller frees. */
SampleCache *sample_cache_new(Dataset *dataset, int side, size_t bytes);
void sample_cache_free(SampleCache *cache);

/* Sample `index`, resized (picture bilinear, labels nearest); give it back with fetched_free. A
 * sample that cannot be loaded leaves a line in the dataset's problems, once, and fails with it
 * ever after. Thread-safe. */
bool sample_cache_fetch(SampleCache *cache, int index, Fetched *fetched, Error *error);
void fetched_free(Fetched *fetched);

#endif
