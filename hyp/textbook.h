/* textbook.h - the Poincare ball as printed in the papers, in double: Ganea, Becigneul, Hofmann,
 * "Hyperbolic Neural Networks", NeurIPS 2018. Nothing is rearranged for accuracy or speed. The ops
 * are checked against it, and hyp_audit measures the error of computing like this in float. Rows of
 * n numbers; out may not be an input.
 */
#ifndef HYP_TEXTBOOK_H
#define HYP_TEXTBOOK_H

#include "tensor/real.h"

enum { TEXTBOOK_MAX = 256 }; /* the longest row */

static inline double textbook_dot(const double *x, const double *y, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static inline double textbook_conformal_factor(const double *x, int64_t n, double c) {
    return 2 / (1 - c * textbook_dot(x, x, n));
}

static inline void textbook_exp_map_zero(const double *u, int64_t n, double c, double *out) {
    const double z = sqrt(c * textbook_dot(u, u, n));
    for (int64_t i = 0; i < n; i++) out[i] = z == 0 ? u[i] : tanh(z) / z * u[i];
}

static inline void textbook_log_map_zero(const double *y, int64_t n, double c, double *out) {
    const double z = sqrt(c * textbook_dot(y, y, n));
    for (int64_t i = 0; i < n; i++) out[i] = z == 0 ? y[i] : atanh(z) / z * y[i];
}

static inline void textbook_mobius_add(const double *x, const double *y, int64_t n, double c,
                                       double *out) {
    const double xx = textbook_dot(x, x, n), yy = textbook_dot(y, y, n);
    const double xy = textbook_dot(x, y, n);
    for (int64_t i = 0; i < n; i++)
        out[i] = ((1 + 2 * c * xy + c * yy) * x[i] + (1 - c * xx) * y[i]) /
                 (1 + 2 * c * xy + c * c * xx * yy);
}

static inline void textbook_exp_map(const double *x, const double *v, int64_t n, double c,
                                    double *out) {
    double scaled[TEXTBOOK_MAX], y[TEXTBOOK_MAX];
    const double lambda = textbook_conformal_factor(x, n, c);
    for (int64_t i = 0; i < n; i++) scaled[i] = lambda / 2 * v[i];
    textbook_exp_map_zero(scaled, n, c, y);
    textbook_mobius_add(x, y, n, c, out);
}

static inline void textbook_log_map(const double *x, const double *y, int64_t n, double c,
                                    double *out) {
    double minus_x[TEXTBOOK_MAX], m[TEXTBOOK_MAX];
    for (int64_t i = 0; i < n; i++) minus_x[i] = -x[i];
    textbook_mobius_add(minus_x, y, n, c, m);
    textbook_log_map_zero(m, n, c, out);
    for (int64_t i = 0; i < n; i++) out[i] *= 2 / textbook_conformal_factor(x, n, c);
}

static inline double textbook_distance(const double *a, const double *b, int64_t n, double c) {
    double difference[TEXTBOOK_MAX];
    for (int64_t i = 0; i < n; i++) difference[i] = a[i] - b[i];
    const double square = textbook_dot(difference, difference, n);
    return acosh(1 + 2 * c * square /
                         ((1 - c * textbook_dot(a, a, n)) * (1 - c * textbook_dot(b, b, n)))) /
           sqrt(c);
}

/* Signed distance of exp_0(u) to the hyperplane of point p and normal a. */
static inline double textbook_hyperplane_distance(const double *u, const double *p, const double *a,
                                                  int64_t n, double c) {
    double minus_p[TEXTBOOK_MAX], x[TEXTBOOK_MAX], m[TEXTBOOK_MAX];
    for (int64_t i = 0; i < n; i++) minus_p[i] = -p[i];
    textbook_exp_map_zero(u, n, c, x);
    textbook_mobius_add(minus_p, x, n, c, m);
    return asinh(2 * sqrt(c) * textbook_dot(m, a, n) /
                 ((1 - c * textbook_dot(m, m, n)) * sqrt(textbook_dot(a, a, n)))) /
           sqrt(c);
}

/* A row of reals as doubles. */
static inline void textbook_row(const real *x, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i++) out[i] = (double)x[i];
}

#endif
