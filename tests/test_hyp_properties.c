/* The laws of the Poincare ball: gyrogroup, inverses, isometries. */
#include "hyp/ball_maps.h"
#include "tensor/random.h"
#include "tests/test.h"

enum { N = 5 };

static const double curvatures[] = { 0.001, 0.01, 0.5, 1, 4 };

/* A row of sc|x| = radius, in a random direction. */
static void random_row(Random *random, double radius, double c, real *x) {
    double square = 0, row[N];
    for (int i = 0; i < N; i++) {
        row[i] = random_normal(random);
        square += row[i] * row[i];
    }
    for (int i = 0; i < N; i++) x[i] = (real)(row[i] * radius / sqrt(square * c));
}

static double difference(const real *x, const real *y) {
    return sqrt((double)row_sum_square(x, -1, y, N));
}

/* -x (+) (x (+) y) = y, and x (+) (y (+) z) = (x (+) y) (+) gyr[x,y] z. */
TEST(hyp_mobius_addition_is_a_gyrogroup) {
    for (int k = 0; k < 50; k++) {
        Random random = random_stream(14, (uint64_t)k, 0, 0);
        const double c = curvatures[k % 5], radius = 0.05 + 0.09 * (k / 5);
        const double tolerance = 40 * (double)REAL_EPSILON / ((1 - radius * radius) * sqrt(c));
        real x[N], y[N], z[N], minus_x[N], left[N], right[N], turned[N];
        random_row(&random, radius, c, x);
        random_row(&random, 0.9 - radius / 2, c, y);
        random_row(&random, 0.5, c, z);
        for (int i = 0; i < N; i++) minus_x[i] = -x[i];
        ball_mobius_add(x, y, N, (real)c, left);
        const double gap = (double)ball_mobius_add_gap(x, y, N, (real)c);
        CHECK(fabs(gap - (double)(1 - (real)c * row_dot(left, left, N))) <=
              10 * (double)REAL_EPSILON);
        ball_mobius_add(minus_x, left, N, (real)c, left);
        CHECK(difference(left, y) <= tolerance / gap);

        ball_mobius_add(y, z, N, (real)c, left);
        ball_mobius_add(x, left, N, (real)c, left);
        ball_mobius_add(x, y, N, (real)c, right);
        ball_gyration(x, y, z, N, (real)c, turned);
        ball_mobius_add(right, turned, N, (real)c, right);
        CHECK(difference(left, right) <= tolerance / gap);
        CHECK_NEAR(row_norm(turned, N), row_norm(z, N), 20 * (double)REAL_EPSILON / gap);
    }
}

TEST(hyp_exp_and_log_are_inverse) {
    for (int k = 0; k < 50; k++) {
        Random random = random_stream(15, (uint64_t)k, 0, 0);
        const double c = curvatures[k % 5], length = 0.01 + 0.3 * (k / 5);
        real x[N], v[N], y[N], back[N];
        random_row(&random, 0.5, c, x);
        random_row(&random, length, c, v);
        ball_exp_map(x, v, N, (real)c, y);
        ball_log_map(x, y, N, (real)c, back);
        const double gap = (double)ball_gap(y, N, (real)c);
        CHECK(difference(back, v) * sqrt(c) <= 20 * (double)REAL_EPSILON / gap);
        /* |log_x y| in the metric at x is the distance */
        const double size = (double)(ball_conformal_factor(x, N, (real)c) * row_norm(back, N));
        CHECK_NEAR(size * sqrt(c), (double)ball_distance(x, y, N, (real)c) * sqrt(c),
                   10 * (double)REAL_EPSILON / gap);
        ball_exp_map_zero(v, N, (real)c, y);
        ball_log_map_zero(y, N, (real)c, back);
        CHECK(difference(back, v) * sqrt(c) <=
              20 * (double)REAL_EPSILON / (double)ball_gap(y, N, (real)c));
    }
}

TEST(hyp_distance_is_a_metric_and_addition_an_isometry) {
    for (int k = 0; k < 50; k++) {
        Random random = random_stream(16, (uint64_t)k, 0, 0);
        const real c = (real)curvatures[k % 5];
        real x[N], y[N], z[N], moved_x[N], moved_y[N];
        random_row(&random, 0.09 * (k / 5), (double)c, x);
        random_row(&random, 0.8, (double)c, y);
        random_row(&random, 0.6, (double)c, z);
        const double xy = (double)ball_distance(x, y, N, c), tolerance = 1e3 * (double)REAL_EPSILON;
        CHECK(xy == (double)ball_distance(y, x, N, c) && xy > 0);
        CHECK(ball_distance(x, x, N, c) == 0);
        CHECK(xy <= (double)ball_distance(x, z, N, c) + (double)ball_distance(z, y, N, c));
        ball_mobius_add(z, x, N, c, moved_x);
        ball_mobius_add(z, y, N, c, moved_y);
        CHECK_NEAR((double)ball_distance(moved_x, moved_y, N, c) / xy, 1, tolerance);
    }
}

TEST(hyp_transport_keeps_lengths_and_geodesics) {
    for (int k = 0; k < 50; k++) {
        Random random = random_stream(17, (uint64_t)k, 0, 0);
        const real c = (real)curvatures[k % 5];
        const double tolerance = 1e3 * (double)REAL_EPSILON;
        real x[N], y[N], v[N], moved[N], log[N];
        random_row(&random, 0.09 * (k / 5), (double)c, x);
        random_row(&random, 0.8, (double)c, y);
        random_row(&random, 2, (double)c, v);
        ball_transport(x, y, v, N, c, moved);
        CHECK_NEAR(ball_conformal_factor(y, N, c) * row_norm(moved, N) /
                       (ball_conformal_factor(x, N, c) * row_norm(v, N)),
                   1, tolerance);
        ball_transport(y, x, moved, N, c, moved);
        CHECK(difference(moved, v) <= tolerance * (double)row_norm(v, N));
        /* a geodesic's velocity stays its velocity: P_{x to y} log_x(y) = -log_y(x) */
        ball_log_map(x, y, N, c, log);
        ball_transport(x, y, log, N, c, moved);
        ball_log_map(y, x, N, c, log);
        for (int i = 0; i < N; i++) log[i] = -log[i];
        CHECK(difference(moved, log) <= tolerance * (double)row_norm(log, N));
    }
}

/* A point at the share t has t and 1 - t of the distance to its two ends. */
TEST(hyp_geodesic_divides_the_distance) {
    for (int k = 0; k < 50; k++) {
        Random random = random_stream(18, (uint64_t)k, 0, 0);
        const double c = curvatures[k % 5], radius = 0.05 + 0.09 * (k / 5),
                     t = random_uniform(&random);
        const double tolerance = 40 * (double)REAL_EPSILON / ((1 - radius * radius) * sqrt(c));
        real x[N], y[N], at[N];
        random_row(&random, radius, c, x);
        random_row(&random, 0.9 - radius / 2, c, y);
        const double whole = (double)ball_distance(x, y, N, (real)c);
        ball_geodesic(x, y, (real)t, N, (real)c, at);
        CHECK_NEAR(ball_distance(x, at, N, (real)c), t * whole, tolerance);
        CHECK_NEAR(ball_distance(at, y, N, (real)c), (1 - t) * whole, tolerance);
    }
}
