/* vector.h - as many reals as one vector register of this instruction-set level holds.
 *
 * The compiler's vector extensions do the rest: + - * / work element by element, a scalar operand
 * is broadcast, and a * b + c becomes one fused multiply-add where the level has it
 * (-ffp-contract=fast). A source file written with Vector is right at every level, because
 * VECTOR_LANES is a constant that it is compiled with.
 */
#ifndef TENSOR_VECTOR_H
#define TENSOR_VECTOR_H

#include "tensor/real.h"

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16 /* SSE2, NEON */
#endif

enum { VECTOR_LANES = VECTOR_BYTES / (int)sizeof(real) };

typedef real Vector __attribute__((vector_size(VECTOR_BYTES)));

/* The same, at any address of a real. */
typedef real UnalignedVector
    __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

static inline Vector vector_load(const real *from) {
    return *(const UnalignedVector *)from;
}

static inline void vector_store(real *to, Vector value) {
    *(UnalignedVector *)to = value;
}

/* to[0..count-1] = from[0..count-1]; the two do not overlap. */
static inline void vector_copy(real *restrict to, const real *restrict from, int64_t count) {
    int64_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES)
        vector_store(to + i, vector_load(from + i));
    for (; i < count; i++) to[i] = from[i];
}

/* to[0..count-1] = 0. */
static inline void vector_clear(real *to, int64_t count) {
    int64_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) vector_store(to + i, (Vector){ 0 });
    for (; i < count; i++) to[i] = 0;
}

/* to[0..count-1] += from[0..count-1]. */
static inline void vector_add(real *restrict to, const real *restrict from, int64_t count) {
    int64_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES)
        vector_store(to + i, vector_load(to + i) + vector_load(from + i));
    for (; i < count; i++) to[i] += from[i];
}

#endif
