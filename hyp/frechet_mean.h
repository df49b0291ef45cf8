/* frechet_mean.h - the mean of points of the Poincare ball.
 *
 * The mean of points in a plane minimises the sum of their squared distances. In the ball that sum is
 * strictly convex along geodesics, so that its minimum is one point too: the Frechet mean (Karcher,
 * Comm. Pure Appl. Math. 30, 1977). Averaging the coordinates instead draws it to the origin.
 */
#ifndef HYP_FRECHET_MEAN_H
#define HYP_FRECHET_MEAN_H

#include "tensor/public.h"
#include "tensor/real.h"

#include <stdint.h>

PUBLIC_BEGIN

/* The Frechet mean of count rows of n numbers, each with c|x|^2 < 1; count at least 1. mean gets n
 * numbers and is none of the rows. Its error is about that of one distance: in float, 1e-6 times the
 * mean distance of the rows from it. A row with NaN gives NaN. */
void ball_frechet_mean(const real *rows, int64_t count, int64_t n, real c, real *mean);

PUBLIC_END

#endif
