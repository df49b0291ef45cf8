/* foreign_case.h - one case of a file of another library's results (hyp/audit/compare.h). */
#ifndef HYP_AUDIT_FOREIGN_CASE_H
#define HYP_AUDIT_FOREIGN_CASE_H

#include "hyp/audit/audit_formulas.h"
#include "nn/safetensors.h"

typedef struct ForeignCase {
    char *name;
    const AuditFormula *formula;
    Rounding rounding;
    int64_t rows;
    int length, outputs;
    double *x, *y, *normal, *c, *g, *output, *gradient; /* y and normal may be NULL */
    bool one_c;                                         /* c has a single number */
} ForeignCase;

/* Every case of a file, checked completely; *count of them. NULL and an error otherwise. */
ForeignCase *foreign_cases_read(const char *path, int *count, Error *error);
void foreign_cases_free(ForeignCase *cases, int count);

/* The inputs of a row, and what was computed for it; rows of fewer than 3 numbers end in zeros. */
AuditSample foreign_case_row(const ForeignCase *one, int64_t row, long double *output,
                             long double *gradient);

#endif
