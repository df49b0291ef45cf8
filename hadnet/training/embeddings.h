/* embeddings.h - a sample of a network's features u, by class: of every class the same number, each of
 * its cells being as likely as another to be taken (reservoir sampling, Vitter 1985). */
#ifndef HADNET_EMBEDDINGS_H
#define HADNET_EMBEDDINGS_H

#include "data/labels/class_names.h"
#include "tensor/random.h"
#include "tensor/real.h"

enum { EMBEDDINGS_PER_CLASS = 120 };

typedef struct Embeddings {
    int64_t dimension;
    int held[CLASSES_MAX];
    int64_t seen[CLASSES_MAX];
    real *vectors[CLASSES_MAX]; /* [EMBEDDINGS_PER_CLASS][dimension]; owned; NULL: none seen */
    Random random;
} Embeddings;

Embeddings embeddings_new(int64_t dimension);
void embeddings_free(Embeddings *embeddings);

/* Offer the features of an image, [height][width][dimension], with the labels of the image, size x size.
 * A cell has the label of the pixel at its middle; ignored ones are left out. */
void embeddings_add(Embeddings *embeddings, const real *features, int64_t height, int64_t width,
                    const uint8_t *labels, int size);

#endif
