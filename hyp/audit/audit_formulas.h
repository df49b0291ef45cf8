/* audit_formulas.h - the table of formulas that hyp_audit compares: each as it is usually coded, as
 * this library computes it, and a reference. */
#ifndef HYP_AUDIT_FORMULAS_H
#define HYP_AUDIT_FORMULAS_H

#include "hyp/audit/ours_table.h"
#include "hyp/audit/usual.h"
#include "tensor/random.h"

typedef struct AuditFormula {
    const char *name, *what, *depth_name, *usual_trouble;
    bool takes_points; /* x is a point at sc|x| = tanh z; otherwise a tangent vector of sc|x| = z */
    int outputs;       /* numbers: 1 or AUDIT_DIMENSION */
    /* Sets y at depth z; may change x and g. */
    void (*prepare)(AuditSample *sample, Random *random, double z);
    void (*usual)(const AuditSample *sample, Rounding rounding, Dual *out);
    void (*reference)(const AuditSample *sample, Dual *out); /* NULL: usual, not rounded */
    size_t ours;                                             /* its place in an OursTable */
    double allowed;    /* error, in eps; for points in eps / (1 - c|x|^2) */
    bool by_curvature; /* the gradient is that by c */
} AuditFormula;

enum { AUDIT_FORMULAS = 9 };
extern const AuditFormula audit_formulas[AUDIT_FORMULAS];

/* The formula of that name, or NULL. */
const AuditFormula *audit_formula_find(const char *name);

/* Sample `number` of a formula at depth z, every number of it representable as rounded. */
AuditSample audit_sample(const AuditFormula *formula, int number, double z, Rounding rounding);

#endif
