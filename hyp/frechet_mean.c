/* frechet_mean.c - descends the mean squared distance along geodesics.
 *
 * With r_i the distance from x to row i and z_i = sc r_i, the function F(x) = mean r_i^2/2 has
 *     gradient  -mean log_x(row i)
 *     Hessian   1 along the geodesic to row i, z_i coth(z_i) across it: between 1 and
 *               L = mean z_i coth(z_i)
 * (the Jacobi fields of curvature -c). Steps of 1/L times the gradient therefore never overshoot by
 * the bound at x, and shorten the gradient by 1 - 1/L or more.
 */
#include "hyp/frechet_mean.h"

#include "hyp/ball_maps.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 1000 };

/* The mean of log_x(rows) into `step`, with L and the mean distance. log: n numbers of scratch. */
static double mean_log(const real *x, const real *rows, int64_t count, int64_t n, real c, real *log,
                       double *sums, double *mean_distance) {
    double bend = 0;
    *mean_distance = 0;
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int64_t k = 0; k < count; k++) {
        const real *row = rows + k * n;
        const double distance = (double)ball_distance(x, row, n, c), z = sqrt((double)c) * distance;
        ball_log_map(x, row, n, c, log);
        for (int64_t i = 0; i < n; i++) sums[i] += (double)log[i] / (double)count;
        bend += (z < 1e-4 ? 1 : z / tanh(z)) / (double)count;
        *mean_distance += distance / (double)count;
    }
    return bend;
}

void ball_frechet_mean(const real *rows, int64_t count, int64_t n, real c, real *mean) {
    real *step = memory_new((size_t)n, sizeof *step);
    double *sums = memory_new((size_t)n, sizeof *sums);
    memcpy(mean, rows, (size_t)n * sizeof *mean);
    for (int k = 0; k < STEPS_MAX; k++) {
        double distance;
        const double bend = mean_log(mean, rows, count, n, c, step, sums, &distance);
        for (int64_t i = 0; i < n; i++) step[i] = (real)sums[i];
        const real length = ball_conformal_factor(mean, n, c) * row_norm(step, n);
        ball_exp_map_step(mean, (real)(1 / bend), step, n, c, mean);
        if (!((double)length > 8 * (double)REAL_EPSILON * distance)) break; /* NaN ends too */
    }
    free(step);
    free(sums);
}
