/* audit.h - audits a formula of your own as hyp_audit audits those of this library: digits kept,
 * from the origin out to depth 20.
 *
 *     const Audit audit = { .name = "conformal factor", .outputs = 1, .formula = factor,
 *                           .gradient = factor_gradient, .reference = factor_in_long_double };
 *     Error error;
 *     if (!audit_run(&audit, stdout, &error)) puts(error.text);
 *
 * The formula takes a row x of 3 numbers and the curvature c; sc is the root of c. A row is a
 * tangent vector at depth sc|x|, or a point of the ball at depth artanh(sc|x|). Values are compared
 * with the reference, gradients with its differences. Linked with the double library the same
 * program audits in double. examples/own_formula.c is a whole program.
 */
#ifndef HYP_AUDIT_H
#define HYP_AUDIT_H

#include "autograd/autograd.h"

#include <stdio.h>

PUBLIC_BEGIN

enum { AUDIT_ROW = 3 };

typedef struct Audit {
    const char *name;
    int outputs;       /* numbers the formula gives for a row: 1 to AUDIT_ROW */
    bool takes_points; /* x is a point of the ball; otherwise a tangent vector */
    double deepest;    /* depth to audit to; 0: 20. Points end where their gap is below 100 eps */
    double allowed;    /* relative error, in eps; for points in eps / (1 - c|x|^2). 0: 64 */

    /* Either these two: out, and dx = d[g,out]/dx, to be put in place by gradient_store ... */
    void (*formula)(const real *x, int64_t n, real c, real *out);
    void (*gradient)(const real *x, int64_t n, real c, const real *g, Gradient dx);
    /* ... or an op, or several: a node of `outputs` elements, of the node x of shape [1,3]. */
    Node *(*op)(Node *x, double c);

    /* The same formula in long double, in a form that keeps its digits there. */
    void (*reference)(const long double *x, int64_t n, long double c, long double *out);
} Audit;

/* Measure value and gradient at every depth, in 40 samples with c = 0.01, 0.5, 1 and 4. Prints the
 * table of worst errors to the stream (NULL: none). false: one line in error names the first depth
 * at which the formula errs by more than is allowed, what was found and expected, and the likely
 * reason; or says what the audit lacks. In double, gradients must agree to 1e-10 only, as
 * differences are no better. */
bool audit_run(const Audit *audit, FILE *table, Error *error);

PUBLIC_END

#endif
