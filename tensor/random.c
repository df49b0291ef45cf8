#include "tensor/random.h"

#include <math.h>

uint64_t random_bits(Random *random) {
    uint64_t z = (random->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Random random_stream(uint64_t seed, uint64_t a, uint64_t b, uint64_t c) {
    /* Absorb one word, stir, absorb the next: (1,2) and (2,1) end in unrelated states. */
    const uint64_t words[4] = { seed, a, b, c };
    Random random = { 0 };
    for (int i = 0; i < 4; i++) {
        random.state ^= words[i];
        random.state = random_bits(&random);
    }
    return random;
}

double random_uniform(Random *random) {
    return (double)(random_bits(random) >> 11) * 0x1p-53;
}

double random_between(Random *random, double low, double high) {
    return low + (high - low) * random_uniform(random);
}

double random_normal(Random *random) {
    const double radius = sqrt(-2.0 * log(1.0 - random_uniform(random)));
    return radius * cos(6.283185307179586 * random_uniform(random));
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
