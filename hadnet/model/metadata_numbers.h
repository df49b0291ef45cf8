/* metadata_numbers.h - numbers from a file's metadata. The file may be hostile: numbers that become
 * an index, a size or the end of a loop are checked against their range as they are read. */
#ifndef HADNET_METADATA_NUMBERS_H
#define HADNET_METADATA_NUMBERS_H

#include "nn/metadata.h"
#include "tensor/error.h"

typedef enum NumberKind { NUMBER_WHOLE, NUMBER_REAL } NumberKind;

/* low..high, both included. */
typedef struct NumberRange {
    NumberKind kind;
    double low, high;
} NumberRange;

/* Whether a number is finite, of the kind and in the range. */
bool number_fits(const NumberRange *range, double number);

/* Read the `count` numbers of a key, separated by spaces, with nothing else around them. false: the
 * error names path, key, found and expected. */
bool metadata_numbers(const Metadata *metadata, const char *path, const char *key,
                      const NumberRange *range, int count, double *numbers, Error *error);

#endif
