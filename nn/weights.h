/* weights.h - save parameters to safetensors files and load them.
 *
 * Files follow PyTorch's layout, so that each can read the other's files: filters are
 * [out, in, kernel_h, kernel_w] in a file and [out, kernel_h, kernel_w, in] in memory, and every
 * parameter of four dimensions is transposed. PyTorch's num_batches_tracked is not needed and is
 * ignored.
 */
#ifndef NN_WEIGHTS_H
#define NN_WEIGHTS_H

#include "nn/metadata.h"
#include "nn/parameters.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* Write every parameter of the set, buffers included. metadata may be NULL. */
bool weights_save(const ParameterSet *set, const char *path, const Metadata *metadata,
                  Error *error);

typedef struct WeightsOptions {
    bool partial; /* load what fits; otherwise anything that does not is an error, ... */
    bool extra;   /* ... except tensors of the file that the set lacks */
    /* A name that starts with file_prefix in the file starts with set_prefix in the set: "" and
     * "backbone." load a whole file into a part of the set. Names without the prefix, on either
     * side, are ignored and not reported. NULL means "". */
    const char *file_prefix, *set_prefix;
} WeightsOptions;

typedef enum WeightsProblem {
    WEIGHTS_MISSING,    /* a parameter of the set that the file lacks */
    WEIGHTS_UNEXPECTED, /* a tensor of the file that the set lacks */
    WEIGHTS_MISMATCHED, /* another shape, or a number type that cannot be read */
    WEIGHTS_PROBLEMS
} WeightsProblem;

/* The result of loading. Zero-initialise; release when done. */
typedef struct WeightsReport {
    int loaded; /* parameters read, or in a strict load that failed, that could have been */
    int counts[WEIGHTS_PROBLEMS];
    char **lines; /* "missing: 'fc.weight' [1000,2048]": one for each problem */
    int line_count;
} WeightsReport;

void weights_report_release(WeightsReport *report);

/* Reads parameters from a file, and the metadata unless it is NULL. options: NULL to require that
 * all fit and the file has no other tensors. report may be NULL. On failure the set and the
 * metadata do not change. */
bool weights_load(ParameterSet *set, const char *path, const WeightsOptions *options,
                  Metadata *metadata, WeightsReport *report, Error *error);

PUBLIC_END

#endif
