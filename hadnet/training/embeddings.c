/* embeddings.c - draws the sample. */
#include "hadnet/training/embeddings.h"

#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PURPOSE = 0xe3b };

Embeddings embeddings_new(int64_t dimension) {
    return (Embeddings){ .dimension = dimension, .random = random_stream(1, PURPOSE, 0, 0) };
}

void embeddings_free(Embeddings *embeddings) {
    for (int k = 0; k < CLASSES_MAX; k++) free(embeddings->vectors[k]);
    *embeddings = (Embeddings){ .dimension = 0 };
}

/* The n-th of a class is kept with probability PER_CLASS / n, in the place of one kept before. */
static void offer(Embeddings *embeddings, int class, const real *feature) {
    const size_t bytes = (size_t)embeddings->dimension * sizeof *feature;
    int64_t place = embeddings->seen[class]++;
    if (!embeddings->vectors[class])
        embeddings->vectors[class] = memory_new(EMBEDDINGS_PER_CLASS, bytes);
    if (place < EMBEDDINGS_PER_CLASS)
        embeddings->held[class]++;
    else
        place = (int64_t)(random_uniform(&embeddings->random) * (double)(place + 1));
    if (place < EMBEDDINGS_PER_CLASS)
        memcpy(embeddings->vectors[class] + place * embeddings->dimension, feature, bytes);
}

void embeddings_add(Embeddings *embeddings, const real *features, int64_t height, int64_t width,
                    const uint8_t *labels, int size) {
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            const int64_t row = (2 * y + 1) * size / (2 * height);
            const int64_t column = (2 * x + 1) * size / (2 * width);
            const int label = labels[row * size + column];
            if (label < CLASSES_MAX)
                offer(embeddings, label, features + (y * width + x) * embeddings->dimension);
        }
}
