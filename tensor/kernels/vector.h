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

#include <string.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16 /* SSE2, NEON */
#endif

enum { VECTOR_LANES = VECTOR_BYTES / (int)sizeof(real) };

/* Before a loop with a constant count: unrolls it completely, so that elements of a local array
 * become registers. */
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

typedef real Vector __attribute__((vector_size(VECTOR_BYTES)));

/* The same, at any address of a real. */
typedef real UnalignedVector
    __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real)), may_alias));

static inline Vector vector_load(const real *from) {
    return *(const UnalignedVector *)from;
}

/* `count` elements (all of a vector where more), zeros in the other lanes. */
static inline __attribute__((always_inline)) Vector vector_load_part(const real *from,
                                                                     int64_t count) {
    if (count >= VECTOR_LANES) return vector_load(from);
    real lanes[VECTOR_LANES] = { 0 };
    for (int64_t i = 0; i < count; i++) lanes[i] = from[i];
    return vector_load(lanes);
}

static inline void vector_store(real *to, Vector value) {
    *(UnalignedVector *)to = value;
}

/* to[0..count-1] = from[0..count-1]; the two do not overlap. The remainder after whole vectors is
 * copied as a last vector that overlaps the one before, or, in a short row, in halves, quarters...:
 * compilers would turn a loop over it into a call of memcpy, which costs more than the copy. */
static inline void vector_copy(real *restrict to, const real *restrict from, int64_t count) {
    int64_t i = 0;
    for (; i + 2 * VECTOR_LANES <= count; i += 2 * VECTOR_LANES) {
        vector_store(to + i, vector_load(from + i));
        vector_store(to + i + VECTOR_LANES, vector_load(from + i + VECTOR_LANES));
    }
    if (i + VECTOR_LANES <= count) {
        vector_store(to + i, vector_load(from + i));
        i += VECTOR_LANES;
    }
    if (i == count) return;
    if (count > VECTOR_LANES) {
        vector_store(to + count - VECTOR_LANES, vector_load(from + count - VECTOR_LANES));
        return;
    }
    UNROLLED
    for (int part = VECTOR_LANES / 2; part > 0; part /= 2) {
        if (!(count & part)) continue;
        memcpy(to + i, from + i, (size_t)part * sizeof *to);
        i += part;
    }
}

/* to[0..count-1] = 0, in the same way. */
static inline void vector_clear(real *to, int64_t count) {
    int64_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) vector_store(to + i, (Vector){ 0 });
    if (i == count) return;
    if (count > VECTOR_LANES) {
        vector_store(to + count - VECTOR_LANES, (Vector){ 0 });
        return;
    }
    UNROLLED
    for (int part = VECTOR_LANES / 2; part > 0; part /= 2) {
        if (!(count & part)) continue;
        memset(to + i, 0, (size_t)part * sizeof *to);
        i += part;
    }
}

/* to[0..count-1] += from[0..count-1]. */
static inline void vector_add(real *restrict to, const real *restrict from, int64_t count) {
    int64_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES)
        vector_store(to + i, vector_load(to + i) + vector_load(from + i));
    for (; i < count; i++) to[i] += from[i];
}

#endif
