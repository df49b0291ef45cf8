/* ours_table.h - the audited formulas of this library in float and in double, in either library. */
#ifndef HYP_AUDIT_OURS_TABLE_H
#define HYP_AUDIT_OURS_TABLE_H

#include "hyp/audit/sample.h"

/* The outputs, and the gradient of [sample->g, outputs] by sample->x, or by sample->c, which is its
 * first number: 3 numbers each. */
typedef void Ours(const AuditSample *sample, double *out, double *gradient);

typedef struct OursTable {
    Ours *exp_map_zero, *log_map_zero, *distance, *mobius_gap, *hyperplane, *feature_clip;
    Ours *exp_map_zero_by_c, *hyperplane_by_c;
} OursTable;

const OursTable *ours_in_float(void);
const OursTable *ours_in_double(void);

#endif
