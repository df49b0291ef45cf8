/* own_formula.c - a formula of your own, audited: the conformal factor 2/(1 - c|x|^2) of the point
 * x = exp_0(u), by u. Written as usual it loses its digits a few units from the origin; the audit
 * says where. With x = tanh(z) u/(sc|u|), z = sc|u|, it is 2 cosh^2 z, which keeps them.
 *
 *     ./build.sh run examples/own_formula.c            in float
 *     ./build.sh run --double examples/own_formula.c   in double
 */
#include "hyp/hyp.h"

#include <stdio.h>

/* As usual: the point, then its gap; and the chain rule backwards. */
static void usual(const real *u, int64_t n, real c, real *out) {
    real x[AUDIT_ROW];
    ball_exp_map_zero(u, n, c, x);
    out[0] = ball_conformal_factor(x, n, c);
}

static void usual_gradient(const real *u, int64_t n, real c, const real *g, Gradient du) {
    real x[AUDIT_ROW], dx[AUDIT_ROW];
    ball_exp_map_zero(u, n, c, x);
    ball_conformal_factor_backward(x, n, c, g[0], (Gradient){ dx, false });
    ball_exp_map_zero_backward(u, n, c, dx, du);
}

/* 2 cosh^2 z, and d/du = 4 cosh z sinh z sc u/|u|. */
static void better(const real *u, int64_t n, real c, real *out) {
    const real cosh_z = cosh(sqrt(c) * row_norm(u, n));
    out[0] = 2 * cosh_z * cosh_z;
}

static void better_gradient(const real *u, int64_t n, real c, const real *g, Gradient du) {
    const real norm = row_norm(u, n), z = sqrt(c) * norm;
    const real slope = 4 * cosh(z) * sinh(z) * sqrt(c);
    for (int64_t i = 0; i < n; i++)
        gradient_store(du, i, norm == 0 ? 0 : g[0] * slope * (u[i] / norm));
}

/* In long double the form that keeps its digits is the reference. */
static void reference(const long double *u, int64_t n, long double c, long double *out) {
    long double square = 0;
    for (int64_t i = 0; i < n; i++) square += u[i] * u[i];
    const long double cosh_z = cosh(sqrt(c * square));
    out[0] = 2 * cosh_z * cosh_z;
}

int main(void) {
    Audit audit = { .name = "2/(1 - c|x|^2)", .outputs = 1, .formula = usual,
                    .gradient = usual_gradient, .reference = reference };
    Error error = { "" };
    const bool usual_passes = audit_run(&audit, stdout, &error);
    printf("%s\n\n", usual_passes ? "passed" : error.text);

    audit.name = "2 cosh^2 z", audit.formula = better, audit.gradient = better_gradient;
    if (!audit_run(&audit, stdout, &error)) return puts(error.text), 1;
    puts("\nthe usual form is caught, the other keeps its digits to depth 20");
    return usual_passes;
}
