/* test_random.c - random numbers: streams, uniformity, shuffles. */
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>

TEST(random_streams_differ_and_repeat) {
    Random a = random_stream(1, 2, 3, 4), b = random_stream(1, 2, 3, 4);
    Random swapped = random_stream(1, 3, 2, 4);
    CHECK(random_bits(&a) == random_bits(&b));
    CHECK(random_bits(&a) != random_bits(&swapped));
}

TEST(random_moments) {
    Random random = random_stream(7, 0, 0, 0);
    const int count = 200000;
    double sum = 0, square = 0, normal = 0, normal_square = 0;
    for (int i = 0; i < count; i++) {
        const double u = random_uniform(&random), n = random_normal(&random);
        CHECK(u >= 0 && u < 1);
        sum += u;
        square += u * u;
        normal += n;
        normal_square += n * n;
    }
    /* Five standard errors of each mean. */
    CHECK(fabs(sum / count - 0.5) <= 5 * sqrt(1.0 / 12 / count));
    CHECK(fabs(square / count - 1.0 / 3) <= 5 * sqrt(4.0 / 45 / count));
    CHECK(fabs(normal / count) <= 5 * sqrt(1.0 / count));
    CHECK(fabs(normal_square / count - 1) <= 5 * sqrt(2.0 / count));
}

TEST(random_skips_as_if_drawn) {
    Random a = random_stream(5, 0, 0, 0), b = a;
    for (int i = 0; i < 100; i++) random_bits(&a);
    random_skip(&b, 100);
    CHECK(random_bits(&a) == random_bits(&b));
}

/* Box-Muller by libm. */
TEST(random_normals_are_what_they_should_be) {
    enum { COUNT = 1000 };
    double values[COUNT];
    Random many = random_stream(6, 0, 0, 0), one = many, parts = many;
    for (int round = 0; round < 100; round++) {
        random_normals(&many, values, COUNT);
        for (int i = 0; i < COUNT; i++) {
            const double radius = sqrt(-2 * log(1 - random_uniform(&parts)));
            const double expected =
                radius * cos(2 * 3.14159265358979323846 * random_uniform(&parts));
            CHECK(fabs(values[i] - expected) <= 1e-14);
            CHECK(random_normal(&one) == values[i]);
        }
    }
    CHECK(random_bits(&many) == random_bits(&one));
}

TEST(random_shuffle_is_a_permutation) {
    Random random = random_stream(3, 0, 0, 0);
    int order[97] = { 0 }, seen[97] = { 0 };
    for (int i = 0; i < 97; i++) order[i] = i;
    random_shuffle(&random, order, 97);
    for (int i = 0; i < 97; i++) seen[order[i]]++;
    for (int i = 0; i < 97; i++) CHECK(seen[i] == 1);
}
