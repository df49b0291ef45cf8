/* vector_transpose.h - transpose a square of vectors in registers.
 *
 * Of n rows, row i and row i + n/2 are interleaved, element by element, into rows 2i and 2i + 1.
 * Seen as one array of n*n elements, that moves the top bit of an element's index (k bits of row,
 * k of column, 2^k = n) to the bottom. Done k times it exchanges row and column.
 */
#ifndef TENSOR_VECTOR_TRANSPOSE_H
#define TENSOR_VECTOR_TRANSPOSE_H

#include "tensor/kernels/vector.h"

#ifdef REAL_IS_DOUBLE
typedef int64_t VectorPlaces __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef int32_t VectorPlaces __attribute__((vector_size(VECTOR_BYTES)));
#endif

/* Interleaves elements of a and b from `first` on: half of each. clang compiles the loop to one
 * instruction; gcc needs the built-in. */
static inline Vector vector_interleave(Vector a, Vector b, int first) {
#ifdef __clang__
    Vector mixed;
    for (int i = 0; i < VECTOR_LANES / 2; i++) {
        mixed[2 * i] = a[first + i];
        mixed[2 * i + 1] = b[first + i];
    }
    return mixed;
#else
    VectorPlaces places;
    for (int i = 0; i < VECTOR_LANES / 2; i++) {
        places[2 * i] = first + i;
        places[2 * i + 1] = VECTOR_LANES + first + i;
    }
    return __builtin_shuffle(a, b, places);
#endif
}

static inline void vector_transpose(Vector rows[VECTOR_LANES]) {
    Vector mixed[VECTOR_LANES];
    for (int bit = 1; bit < VECTOR_LANES; bit *= 2) {
        for (int i = 0; i < VECTOR_LANES / 2; i++) {
            mixed[2 * i] = vector_interleave(rows[i], rows[i + VECTOR_LANES / 2], 0);
            mixed[2 * i + 1] =
                vector_interleave(rows[i], rows[i + VECTOR_LANES / 2], VECTOR_LANES / 2);
        }
        for (int i = 0; i < VECTOR_LANES; i++) rows[i] = mixed[i];
    }
}

#endif
