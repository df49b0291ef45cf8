/* sample_cache.h - a cache of decoded images at the network's size.
 *
 * Later epochs then neither read nor decode. Nothing is evicted, so a fetched image stays valid
 * without a lock; once the memory is used up, other samples are decoded every time.
 */
#ifndef DATA_SAMPLE_CACHE_H
#define DATA_SAMPLE_CACHE_H

#include "data/dataset.h"
#include "data/image/resize.h"

typedef struct SampleCache SampleCache;

/* An image of side x side pixels and its labels. */
typedef struct Fetched {
    Image image, labels;
    bool owned; /* else the cache's own */
} Fetched;

/* A cache over dataset of at most `bytes` bytes. The caller frees. */
SampleCache *sample_cache_new(Dataset *dataset, int side, Fit fit, size_t bytes);
void sample_cache_free(SampleCache *cache);

/* Sample `index`, resized (image bilinear, labels nearest); release it with fetched_free. A sample
 * that cannot be loaded adds one line to the dataset's problems; every fetch of it fails with that
 * line. Thread-safe. */
bool sample_cache_fetch(SampleCache *cache, int index, Fetched *fetched, Error *error);
void fetched_free(Fetched *fetched);

#endif
