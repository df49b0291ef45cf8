/* random.h - random numbers that do not depend on order, threads or machine (except the last bit of
 * normal ones).
 *
 * A Random is 64 bits of state (splitmix64: Steele, Lea, Flood, OOPSLA 2014). random_stream makes
 * an independent generator from a seed and up to three numbers that say what it is for (epoch,
 * image, purpose), so that a resumed run, or another number of threads, draws the same values.
 */
#ifndef TENSOR_RANDOM_H
#define TENSOR_RANDOM_H

#include "tensor/public.h"

#include <stdint.h>

PUBLIC_BEGIN

typedef struct Random {
    uint64_t state;
} Random;

/* The generator for (seed, a, b, c). Different arguments select independent streams. */
Random random_stream(uint64_t seed, uint64_t a, uint64_t b, uint64_t c);

uint64_t random_bits(Random *random);                           /* 64 uniform bits */
double random_uniform(Random *random);                          /* uniform in [0, 1), 53 bits */
double random_between(Random *random, double low, double high); /* uniform in [low, high) */
double random_normal(Random *random); /* mean 0, variance 1 (Box-Muller); its last bit may follow
                                         the instruction set, that of a float did not in 1e6 */
void random_normals(Random *random, double *values, int count); /* so many of them, faster */
uint64_t random_below(Random *random, uint64_t count); /* uniform in 0..count-1, unbiased */

/* As if random_bits had been called `count` times. */
void random_skip(Random *random, uint64_t count);

/* Fisher-Yates shuffle of order[0..count-1]. */
void random_shuffle(Random *random, int *order, int count);

PUBLIC_END

#endif
