/* loader.h - batches, prepared by background threads while the network computes.
 *
 * Batch b of epoch e depends on the options alone: not on timing, the number of threads or the
 * first batch of this loader. A run resumed at (epoch, batch) therefore sees the same batches as an
 * uninterrupted one.
 *
 *     Loader *loader = loader_open(dataset, &options, &error);
 *     for (const Batch *batch; (batch = loader_next(loader, &error));) ...
 *     loader_close(loader);
 */
#ifndef DATA_LOADER_H
#define DATA_LOADER_H

#include "data/augment.h"
#include "data/dataset.h"
#include "data/image/resize.h"
#include "data/twin/normal_twin.h"
#include "tensor/device.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* Whether images come with their normal twins (normal_twin.h). */
typedef enum Twins {
    TWINS_NONE,
    TWINS_ALWAYS, /* only pairs: defects are filled; a defect is pasted on an image without one; an
                     image that allows no pair is replaced by the next */
    TWINS_MIXED   /* every image: half of those without a defect are their own twins, and one that
                     allows no pair comes without a twin */
} Twins;

typedef struct LoaderOptions {
    const int *samples; /* dataset indices, `count` of them; copied */
    int count;
    int size, batch; /* side in pixels; images per batch */
    Fit fit;         /* of images that are not square */
    bool shuffle;    /* a new order every epoch */
    /* true: every sample exactly once per epoch; the last batch is padded, and so is the place of
     * an image that cannot be loaded. false: only whole batches; the rest of an epoch is dropped,
     * and the next image of the order replaces one that cannot be loaded. */
    bool every;
    Twins twins;
    Augment augment;
    TwinOptions twin;
    Normalisation normalisation;
    uint64_t seed;
    int first_epoch, first_batch; /* where to start */
    int epochs;                   /* total number; 0: endless */
    int threads, depth;           /* 0: one thread; two batches ahead per thread */
    size_t cache_bytes;           /* for decoded images */
    bool targets;                 /* labels as numbers too */
    const Device *device; /* the device that will read the batches: they are in its allocate_host;
                             NULL: the CPU */
} LoaderOptions;

/* Options with the usual values: size 256, batch 8, normalisation_default, twin_default, 1 GiB. */
LoaderOptions loader_default(const int *samples, int count);

typedef struct Batch {
    int epoch, index; /* of this batch */
    int count, size;  /* places; side in pixels */
    int filled;       /* places that hold an image */
    real *images;     /* count x size x size x 3, normalised; zeros where padded */
    real *twins;      /* the same of the normal twins; NULL unless asked for; zeros where none */
    real *has_twin;   /* count: 1, or 0 where the place holds no twin */
    uint8_t *labels;  /* count x size x size; LABEL_IGNORE where padded */
    real *targets;    /* the labels as numbers, for a loss to read; NULL unless asked for */
    int *samples;     /* count dataset indices; -1 where padded */
} Batch;

typedef struct Loader Loader;

/* NULL with a line when threads cannot start or there is nothing to load. The dataset must outlive
 * the loader and not be changed meanwhile; its problems may grow. */
Loader *loader_open(Dataset *dataset, const LoaderOptions *options, Error *error);

/* Wait for the next batch and return it; it is valid until the following call. NULL at the end,
 * with error's text empty, or on failure: a bad image where bad files are refused, or no usable
 * image. */
const Batch *loader_next(Loader *loader, Error *error);

int loader_batches(const Loader *loader); /* per epoch */

/* Stop the threads, at any moment, and free everything. NULL is accepted. */
void loader_close(Loader *loader);

PUBLIC_END

#endif
