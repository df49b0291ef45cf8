/* hyperplane_finish.h - computes the gradients of a hyperplane's p, a and c from the sums over all
 * rows; and the whole computation for one u and one hyperplane.
 */
#ifndef HYP_HYPERPLANE_FINISH_H
#define HYP_HYPERPLANE_FINISH_H

#include "hyp/hyperplane/hyperplane_ray.h"

/* One hyperplane's sums over all rows. Pairs near the ray of p count in the last four and in
 * output; all others in the first three. */
typedef struct HyperplaneSums {
    const real *direction;    /* sum of_direction u, a row: dw */
    real offset;              /* sum of_offset */
    real output;              /* sum g output */
    const real *across;       /* sum of_across |u| o, a row; NULL: no pair was near */
    real normal, turn, depth; /* sums of of_normal, of_turn, of_depth */
} HyperplaneSums;

/* With
 *     dw = sums.direction,    dB = sums.offset + 2c[dw,p],    n_p = [p,n]/|p|
 *     dn = 2sc dw + dB 2sc/gap p + across + normal p/|p|
 * the gradients are
 *     da = (dn - [dn,n] n)/|a| + output/|a| n
 *     dp = 2cB dw + dB (2sc/gap n + 4 c sc height/gap^2 p) + output 2c/gap p
 *          + (turn (n - n_p p/|p|) + n_p (cosh t_p - 1) across)/|p| + depth 2sc/gap p/|p|
 * where n_p (cosh t_p - 1)/|p| = sc B. The terms of output come from the weight, for logits alone.
 * dp and da may replace sums.direction and the unit normal. */
static inline HD void hyperplane_finish(const Hyperplane *plane, const real *p,
                                        const real *unit_normal, int64_t n, real c, bool logit,
                                        const HyperplaneSums *sums, Gradient dp, Gradient da) {
    const real sc = sqrt(c), length = plane->normal_length, over = length == 0 ? 0 : 1 / length;
    const real weighted = logit ? sums->output : 0, *across = sums->across;
    const real of_offset =
        2 * sc / plane->gap * (sums->offset + 2 * c * row_dot(sums->direction, p, n));
    const real per_point = across ? 1 / plane->point_length : 0;
    const real normal_part = plane->height * per_point; /* n_p */
    const real turn = across ? sums->turn * per_point : 0;
    const real height = across ? sums->normal : 0;
    const real along = 2 * sc * row_dot(sums->direction, unit_normal, n) +
                       of_offset * plane->height + height * normal_part +
                       (across ? row_dot(across, unit_normal, n) : 0);
    const real p_p = 2 * c / plane->gap * (of_offset * plane->height + weighted) +
                     (across ? 2 * sc / plane->gap * sums->depth * per_point : 0);
    for (int64_t i = 0; i < n; i++) {
        const real dw = sums->direction[i], pi = p[i], normal = unit_normal[i];
        const real o = across ? across[i] : 0, direction = pi * per_point;
        if (dp.data)
            gradient_store(dp, i,
                           plane->offset * (2 * c * dw + sc * o) + of_offset * normal + p_p * pi +
                               turn * (normal - normal_part * direction));
        if (da.data)
            gradient_store(da, i,
                           over * (2 * sc * dw + o + of_offset * pi + height * direction -
                                   (along - weighted) * normal));
    }
}

/* One u and one hyperplane: the output, and from the incoming gradient g the gradients of its
 * inputs. work: 4n numbers. */
static inline HD real hyperplane_single(const real *u, const real *p, const real *a, int64_t n,
                                        real c, bool logit, real g, real *work, Gradient du,
                                        Gradient dp, Gradient da) {
    real *unit = work, *direction = work + n, *direction_sum = work + 2 * n, *across = work + 3 * n;
    const Hyperplane plane = hyperplane_prepare(p, a, n, c, logit, unit, direction);
    const HyperplaneRow row = hyperplane_row(hyperplane_argument(u, n, c));
    const real along = row_dot(u, direction, n);
    real scaled = hyperplane_scaled_sinh(&row, &plane, along);
    HyperplaneSums sums = { direction_sum, 0, 0, NULL, 0, 0, 0 };
    HyperplaneRay ray = { false, 0, 0, 0, 0, 0, 0 };
    if (hyperplane_cancels(&plane, scaled)) ray = hyperplane_ray(u, p, unit, n, &plane);
    if (ray.near) {
        scaled = hyperplane_ray_sinh(&row, &plane, &ray, c);
        const HyperplaneRayGradient of = hyperplane_ray_backward(&row, &plane, &ray, c, g);
        for (int64_t i = 0; i < n; i++) {
            direction_sum[i] = 0;
            across[i] = of.of_across * hyperplane_ray_across(&ray, u[i], p[i]);
            if (du.data)
                gradient_store(du, i, hyperplane_ray_to_row(&of, &ray, u[i], p[i], unit[i]));
        }
        sums.across = across;
        sums.normal = of.of_normal, sums.turn = of.of_turn, sums.depth = of.of_depth;
    } else {
        const HyperplaneGradient of = hyperplane_backward(&row, &plane, along, c, g);
        for (int64_t i = 0; i < n; i++) {
            direction_sum[i] = of.of_direction * u[i];
            if (du.data)
                gradient_store(du, i, of.of_direction * direction[i] + of.of_radius * u[i]);
        }
        sums.offset = of.of_offset;
    }
    const real output = plane.weight * hyperplane_asinh(scaled, &row);
    sums.output = g * output;
    hyperplane_finish(&plane, p, unit, n, c, logit, &sums, dp, da);
    return output;
}

#endif
