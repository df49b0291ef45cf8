/* metadata.c - setting and finding lines of metadata. */
#include "nn/metadata.h"

#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

void metadata_set(Metadata *metadata, const char *key, const char *value) {
    for (int i = 0; i < metadata->count; i++) {
        if (strcmp(metadata->pairs[i].key, key) != 0) continue;
        char *replaced = metadata->pairs[i].value; /* the new value may be part of it */
        metadata->pairs[i].value = memory_text(value);
        free(replaced);
        return;
    }
    if (metadata->count == metadata->capacity) {
        metadata->capacity = metadata->capacity ? 2 * metadata->capacity : 16;
        metadata->pairs =
            memory_resize(metadata->pairs, (size_t)metadata->capacity, sizeof *metadata->pairs);
    }
    metadata->pairs[metadata->count++] = (MetadataPair){ memory_text(key), memory_text(value) };
}

const char *metadata_get(const Metadata *metadata, const char *key) {
    for (int i = 0; i < metadata->count; i++)
        if (!strcmp(metadata->pairs[i].key, key)) return metadata->pairs[i].value;
    return NULL;
}

void metadata_release(Metadata *metadata) {
    for (int i = 0; i < metadata->count; i++) {
        free(metadata->pairs[i].key);
        free(metadata->pairs[i].value);
    }
    free(metadata->pairs);
    *metadata = (Metadata){ 0 };
}
