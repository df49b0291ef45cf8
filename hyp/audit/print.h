/* print.h - the tables of the audit, as text and as comma-separated values. */
#ifndef HYP_AUDIT_PRINT_H
#define HYP_AUDIT_PRINT_H

#include "hyp/audit/measure.h"

/* A line of the last table: the worst errors of one formula in one number type, over the depths that
 * have a bound. */
typedef struct AuditWorst {
    const AuditFormula *formula;
    Rounding rounding;
    Errors errors;
    double share; /* of what is allowed */
} AuditWorst;

typedef struct AuditSummary {
    AuditWorst line[2 * AUDIT_FORMULAS];
    int lines;
    bool exceeded;
} AuditSummary;

/* What the columns mean. */
void audit_print_legend(void);

/* Measure and print a formula's table, and add its worst errors to the summary. */
void audit_print_formula(const AuditFormula *formula, Rounding rounding, bool csv,
                         AuditSummary *summary);
void audit_print_csv_head(void);
void audit_print_summary(const AuditSummary *summary);

#endif
