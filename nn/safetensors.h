/* safetensors.h - weight files in the safetensors format.
 *
 * The format (github.com/huggingface/safetensors): 8 bytes, the length n of the header, little
 * endian; n bytes of JSON; then the numbers of all tensors, end to end. The header maps names to
 * {"dtype": "F32", "shape": [16,3,3,3], "data_offsets": [begin, end]}, offsets counted from the
 * end of the header; "__metadata__" maps strings to strings.
 *
 * Opening a file checks it completely: every length fits the file, tensors neither overlap nor
 * leave gaps, names are unique, sizes are shape times number size. Nothing is trusted before that,
 * and memory use is bounded by the header's length.
 */
#ifndef NN_SAFETENSORS_H
#define NN_SAFETENSORS_H

#include "nn/metadata.h"
#include "nn/number_formats.h"
#include "tensor/error.h"
#include "tensor/public.h"

#include <stdio.h>

PUBLIC_BEGIN

enum {
    SAFETENSORS_MAX_RANK = 8,
    SAFETENSORS_MAX_TENSORS = 65536,
    SAFETENSORS_MAX_HEADER = 100000000 /* bytes, as in the reference implementation */
};

typedef struct SafetensorsEntry {
    char *name;
    const NumberFormat *format;
    int rank;
    int64_t size[SAFETENSORS_MAX_RANK];
    int64_t elements;
    uint64_t begin, end; /* bytes, counted from the end of the header */
} SafetensorsEntry;

typedef struct SafetensorsFile {
    char *path;
    FILE *file;
    uint64_t data_at;          /* where the numbers begin in the file */
    SafetensorsEntry *entries; /* sorted by name */
    int count;
    Metadata metadata;
} SafetensorsFile;

/* Opens and checks a file. NULL and an error when it is invalid. */
SafetensorsFile *safetensors_open(const char *path, Error *error);
void safetensors_close(SafetensorsFile *file); /* NULL is fine */

/* The tensor of that name, NULL when there is none. */
const SafetensorsEntry *safetensors_find(const SafetensorsFile *file, const char *name);

/* Read entry->elements numbers, converted, in the file's order. */
bool safetensors_read(SafetensorsFile *file, const SafetensorsEntry *entry, real *numbers,
                      Error *error);

/* Parses the header: `length` bytes of JSON that describe `data_bytes` bytes of numbers, into the
 * entries and metadata of a zero-initialised file. safetensors_open calls it. */
bool safetensors_parse(SafetensorsFile *file, const char *header, size_t length,
                       uint64_t data_bytes, Error *error);

/* One tensor to be written. */
typedef struct SafetensorsSource {
    const char *name;
    int rank;
    int64_t size[SAFETENSORS_MAX_RANK];
} SafetensorsSource;

/* Fetches the numbers of one source, in the file's order. */
typedef void (*SafetensorsFetch)(void *context, int index, real *numbers);

/* Writes a file of reals (F32; F64 in the double library) atomically (tensor/file_writer.h).
 * metadata may be NULL. Names must be unique. Holds one tensor at a time in memory. */
bool safetensors_write(const char *path, const SafetensorsSource *sources, int count,
                       const Metadata *metadata, SafetensorsFetch fetch, void *context,
                       Error *error);

PUBLIC_END

#endif
