/* random.c - splitmix64 streams, and the distributions drawn from them. */
#include "tensor/random.h"

#include <math.h>
#include <string.h>

static const uint64_t STEP = 0x9e3779b97f4a7c15u;

static inline uint64_t bits(Random *random) {
    uint64_t z = (random->state += STEP);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t random_bits(Random *random) {
    return bits(random);
}

void random_skip(Random *random, uint64_t count) {
    random->state += count * STEP;
}

Random random_stream(uint64_t seed, uint64_t a, uint64_t b, uint64_t c) {
    /* Mix after each word, so that (1,2) and (2,1) end in unrelated states. */
    const uint64_t words[4] = { seed, a, b, c };
    Random random = { 0 };
    for (int i = 0; i < 4; i++) {
        random.state ^= words[i];
        random.state = random_bits(&random);
    }
    return random;
}

static inline double uniform(Random *random) {
    return (double)(int64_t)(bits(random) >> 11) * 0x1p-53;
}

double random_uniform(Random *random) {
    return uniform(random);
}

double random_between(Random *random, double low, double high) {
    return low + (high - low) * random_uniform(random);
}

/* The two functions below are good to an ulp or two, like those of libm; but these a compiler can
 * work out for a whole vector of numbers, and they do not change with libm. The coefficients
 * are those of FreeBSD's msun (e_log.c, k_cos.c, k_sin.c). */

/* log(x) for normal x > 0: x = 2^e m with m in [sqrt(1/2), sqrt(2)), s = (m - 1) / (m + 1), and
 * log(m) = 2 atanh(s). */
static inline double logarithm(double x) {
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    int64_t word;
    memcpy(&word, &x, sizeof word);
    const int64_t e = (word - root_half) >> 52;
    word -= (int64_t)((uint64_t)e << 52);
    double m;
    memcpy(&m, &word, sizeof m);
    const double f = m - 1, s = f / (2 + f), z = s * s;
    const double series =
        z * (0x1.5555555555593p-1 +
             z * (0x1.999999997fa04p-2 +
                  z * (0x1.2492494229359p-2 +
                       z * (0x1.c71c51d8e78afp-3 +
                            z * (0x1.7466496cb03dep-3 +
                                 z * (0x1.39a09d078c69fp-3 + z * 0x1.2f112df3e5244p-3))))));
    const double half_square = 0.5 * f * f;
    return (double)e * 0x1.62e42fefa39efp-1 + (f - (half_square - s * (half_square + series)));
}

/* cos(2 pi t) for t in [0, 1): to the nearest quarter turn, then sine or cosine of the rest. */
static inline double cosine_of_turns(double t) {
    const int64_t quarter = (int64_t)(4 * t + 0.5);
    const double x = 6.283185307179586 * (t - 0.25 * (double)quarter), z = x * x;
    const double cosine =
        1 - 0.5 * z +
        z * z *
            (0x1.555555555554cp-5 +
             z * (-0x1.6c16c16c15177p-10 +
                  z * (0x1.a01a019cb159p-16 +
                       z * (-0x1.27e4f809c52adp-22 +
                            z * (0x1.1ee9ebdb4b1c4p-29 + z * -0x1.8fae9be8838d4p-37)))));
    const double sine =
        x + x * z *
                (-0x1.5555555555549p-3 +
                 z * (0x1.111111110f8a6p-7 +
                      z * (-0x1.a01a019c161d5p-13 +
                           z * (0x1.71de357b1fe7dp-19 +
                                z * (-0x1.ae5e68a2b9cebp-26 + z * 0x1.5d93a5acfd57cp-33)))));
    const double size = quarter & 1 ? sine : cosine;
    return (quarter + 1) & 2 ? -size : size;
}

static inline double normal(Random *random) {
    const double radius = sqrt(-2.0 * logarithm(1.0 - uniform(random)));
    return radius * cosine_of_turns(uniform(random));
}

double random_normal(Random *random) {
    return normal(random);
}

void random_normals(Random *random, double *values, int count) {
    for (int i = 0; i < count; i++) {
        Random own = { random->state + 2 * (uint64_t)i * STEP };
        values[i] = normal(&own);
    }
    random_skip(random, 2 * (uint64_t)count);
}

uint64_t random_below(Random *random, uint64_t count) {
    /* Refuse the last, incomplete run of 2^64 / count, else small values come up too often. */
    const uint64_t limit = UINT64_MAX - UINT64_MAX % count;
    uint64_t bits;
    do bits = random_bits(random);
    while (bits >= limit);
    return bits % count;
}

void random_shuffle(Random *random, int *order, int count) {
    for (int i = count - 1; i > 0; i--) {
        const int j = (int)random_below(random, (uint64_t)i + 1);
        const int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}
