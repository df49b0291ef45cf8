/* audit_formulas.h - the formulas that hyp_audit compares, each as it is usually coded and as this
 * library computes it.
 *
 * The usual code is written with Duals (hyp/audit/dual.h). In float it gives what a float program
 * with automatic gradients gives, clamps included; in long double, without clamps, it is the
 * reference.
 */
#ifndef HYP_AUDIT_FORMULAS_H
#define HYP_AUDIT_FORMULAS_H

#include "autograd/gradient.h"
#include "hyp/audit/dual.h"
#include "tensor/random.h"

enum { AUDIT_DIMENSION = DUAL_VARIABLES };

/* Inputs of one evaluation. Gradients are those of [g, output] with respect to x. */
typedef struct AuditSample {
    real c, x[AUDIT_DIMENSION], y[AUDIT_DIMENSION], normal[AUDIT_DIMENSION], g[AUDIT_DIMENSION];
} AuditSample;

typedef struct AuditFormula {
    const char *name, *what, *depth_name, *usual_trouble;
    bool takes_points; /* x is a point at sc|x| = tanh z; otherwise a tangent vector of sc|x| = z */
    int outputs;       /* numbers: 1 or AUDIT_DIMENSION */
    void (*prepare)(AuditSample *sample, Random *random, double z); /* sets y; may change x and g */
    void (*dual)(const AuditSample *sample, bool single, Dual *out);
    void (*reference)(const AuditSample *sample, Dual *out); /* NULL: dual, in long double */
    void (*ours)(const AuditSample *sample, real *out, Gradient gradient);
    double allowed; /* error, in eps; for points in eps / (1 - c|x|^2) */
} AuditFormula;

enum { AUDIT_FORMULAS = 6 };
extern const AuditFormula audit_formulas[AUDIT_FORMULAS];

/* A row of that length in a random direction. */
void audit_random_row(Random *random, double length, real *x);

#endif
