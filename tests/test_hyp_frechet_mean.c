/* test_hyp_frechet_mean.c - the mean of points of the ball: by symmetry, by its gradient, by search. */
#include "hyp/ball_maps.h"
#include "hyp/frechet_mean.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>

enum { N = 4, MOST = 9 };

/* Rows out to sc|x| = radius. */
static void random_rows(Random *random, int count, double radius, double c, real *rows) {
    for (int k = 0; k < count; k++) {
        double row[N], square = 0;
        for (int i = 0; i < N; i++) square += (row[i] = random_normal(random), row[i] * row[i]);
        const double length = radius * random_uniform(random) / sqrt(square * c);
        for (int i = 0; i < N; i++) rows[k * N + i] = (real)(row[i] * length);
    }
}

static double sum_of_squares(const real *x, const real *rows, int count, double c) {
    double sum = 0;
    for (int k = 0; k < count; k++) {
        const double distance = (double)ball_distance(x, rows + k * N, N, (real)c);
        sum += distance * distance;
    }
    return sum;
}

TEST(hyp_frechet_mean_of_one_point_is_the_point) {
    const real row[N] = { (real)0.5, (real)-0.25, 0, (real)0.75 };
    real mean[N];
    ball_frechet_mean(row, 1, N, 1, mean);
    for (int i = 0; i < N; i++) CHECK(mean[i] == row[i]);
    const real same[2 * N] = { (real)0.5, 0, 0, 0, (real)0.5, 0, 0, 0 };
    ball_frechet_mean(same, 2, N, 1, mean);
    CHECK(mean[0] == (real)0.5 && mean[1] == 0);
}

TEST(hyp_frechet_mean_of_two_points_is_halfway) {
    for (int k = 0; k < 20; k++) {
        Random random = random_stream(31, (uint64_t)k, 0, 0);
        const double c = k % 2 ? 1 : 0.01;
        real rows[2 * N], mean[N], halfway[N];
        random_rows(&random, 2, k < 10 ? 0.5 : 0.99, c, rows);
        ball_frechet_mean(rows, 2, N, (real)c, mean);
        ball_geodesic(rows, rows + N, (real)0.5, N, (real)c, halfway);
        CHECK((double)ball_distance(mean, halfway, N, (real)c) * sqrt(c) <=
              2e3 * (double)REAL_EPSILON);
    }
}

/* A change of the mean in any direction, and the mean of the coordinates, have a larger sum. */
TEST(hyp_frechet_mean_has_the_least_sum_of_squares) {
    for (int k = 0; k < 20; k++) {
        Random random = random_stream(32, (uint64_t)k, 0, 0);
        const double c = k % 2 ? 1 : 0.01;
        real rows[MOST * N], mean[N];
        random_rows(&random, MOST, k < 10 ? 0.7 : 0.999, c, rows);
        ball_frechet_mean(rows, MOST, N, (real)c, mean);
        const double least = sum_of_squares(mean, rows, MOST, c);
        for (int try = 0; try < 20; try++) {
            real direction[N], near[N];
            for (int i = 0; i < N; i++) direction[i] = (real)random_normal(&random);
            const real gap = ball_gap(mean, N, (real)c);
            ball_exp_map_step(mean, (real)(0.05 / sqrt(c)) * gap, direction, N, (real)c, near);
            CHECK(sum_of_squares(near, rows, MOST, c) > least);
        }
    }
}

/* An isometry carries the mean along: (a (+) rows) has the mean a (+) mean. */
TEST(hyp_frechet_mean_moves_with_its_points) {
    for (int k = 0; k < 10; k++) {
        Random random = random_stream(33, (uint64_t)k, 0, 0);
        real rows[MOST * N], moved[MOST * N], a[N], mean[N], expected[N], found[N];
        random_rows(&random, MOST, 0.6, 1, rows);
        random_rows(&random, 1, 0.8, 1, a);
        for (int i = 0; i < MOST; i++) ball_mobius_add(a, rows + i * N, N, 1, moved + i * N);
        ball_frechet_mean(rows, MOST, N, 1, mean);
        ball_frechet_mean(moved, MOST, N, 1, found);
        ball_mobius_add(a, mean, N, 1, expected);
        CHECK((double)ball_distance(found, expected, N, 1) <= 2e3 * (double)REAL_EPSILON);
    }
}

TEST(hyp_frechet_mean_of_opposite_points_is_the_origin) {
    const real rows[2 * N] = { (real)0.875, (real)0.25, 0, 0, (real)-0.875, (real)-0.25, 0, 0 };
    real mean[N];
    ball_frechet_mean(rows, 2, N, 1, mean);
    for (int i = 0; i < N; i++) CHECK(fabs((double)mean[i]) <= 100 * (double)REAL_EPSILON);
}

TEST(hyp_frechet_mean_of_nan_is_nan) {
    const real rows[2 * N] = { (real)0.5, 0, 0, 0, (real)NAN, 0, 0, 0 };
    real mean[N];
    ball_frechet_mean(rows, 2, N, 1, mean);
    CHECK(isnan((double)mean[0]));
}
