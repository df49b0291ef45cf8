/* riemannian.h - optimiser steps for points of the Poincare ball.
 *
 *     const UpdateRule points = rule_riemannian_adam(&curvature);
 *     RuleTable rules = rule_table(&rule_adam);        (weights and biases)
 *     rules.of[PARAMETER_BALL_POINT] = &points;
 *
 * A point p moves along a geodesic, p <- exp_p(-lr * direction), and is then projected to the norm
 * ball_parameter_radius, so that its gap 1 - c|p|^2 keeps its digits. The direction is computed
 * from the Riemannian gradient g_r = g / lambda_p^2 = gap^2/4 g. There is no weight decay: p is a
 * position, not a weight, and has no reason to move to the origin.
 */
#ifndef HYP_RIEMANNIAN_H
#define HYP_RIEMANNIAN_H

#include "hyp/ball_maps.h"
#include "nn/optimiser.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* The rules for parameters of kind PARAMETER_BALL_POINT, rows of [...,D] being points. The
 * curvature is the caller's and must outlive every step. */
UpdateRule rule_riemannian_sgd(const real *curvature);
UpdateRule rule_riemannian_adam(const real *curvature);

/* Riemannian SGD (Bonnabel, IEEE TAC 2013): p <- proj(exp_p(-lr g_r)). Momentum is not used. */
static inline HD void riemannian_sgd_update(real *p, const real *g, int64_t n, real c,
                                            const UpdateSettings *settings) {
    const real gap = ball_gap(p, n, c);
    const real step = -settings->learning_rate * settings->gradient_scale * gap * gap / 4;
    ball_exp_map_step(p, step, g, n, c, p);
    ball_project(p, n, c);
}

/* Riemannian Adam (Becigneul, Ganea, ICLR 2019). The first moment m is a tangent vector at p and is
 * transported with it; the second, v, is one number per point, of squared Riemannian lengths:
 *     m <- m + (1 - beta1)(g_r - m),   v <- beta2 v + (1 - beta2) lambda^2 |g_r|^2
 *     q  = proj(exp_p(-lr/(1 - beta1^t) m / (sqrt(v)/sqrt(1 - beta2^t) + epsilon)))
 *     m <- transport of m from p to q,   p <- q
 * lambda |g_r| = gap/2 |g|; it is limited to 1e18, so that its square is finite. next: n numbers
 * of scratch. */
static inline HD void riemannian_adam_update(real *p, const real *g, real *m, real *v, int64_t n,
                                             real c, const UpdateSettings *settings, real *next) {
    const real gap = ball_gap(p, n, c), to_gradient = settings->gradient_scale * gap * gap / 4;
    for (int64_t i = 0; i < n; i++) m[i] += settings->one_minus_beta1 * (to_gradient * g[i] - m[i]);
    real length = settings->gradient_scale * gap / 2 * row_norm(g, n);
    if (length > (real)1e18) length = (real)1e18;
    *v = settings->beta2 * *v + settings->one_minus_beta2 * length * length;
    const real denominator = sqrt(*v) / settings->root_correction2 + settings->epsilon;
    const real step = -settings->learning_rate / settings->correction1 / denominator;
    ball_exp_map_step(p, step, m, n, c, next);
    ball_project(next, n, c);
    ball_transport(p, next, m, n, c, m);
    for (int64_t i = 0; i < n; i++) p[i] = next[i];
}

PUBLIC_END

#endif
