/* metadata.h - named lines of text in a weight file, which hold what a program needs to use the
 * weights: preprocessing, class names, selected channels. */
#ifndef NN_METADATA_H
#define NN_METADATA_H

#include "tensor/public.h"

PUBLIC_BEGIN

enum { METADATA_MAX_COUNT = 4096 };

typedef struct MetadataPair {
    char *key, *value; /* UTF-8 */
} MetadataPair;

/* Zero-initialise; release when done. */
typedef struct Metadata {
    MetadataPair *pairs; /* owned, in the order in which the keys were first set */
    int count, capacity;
} Metadata;

void metadata_set(Metadata *metadata, const char *key, const char *value); /* copies both */
const char *metadata_get(const Metadata *metadata, const char *key);       /* NULL: not there */
void metadata_release(Metadata *metadata);                                 /* and empties it */

PUBLIC_END

#endif
