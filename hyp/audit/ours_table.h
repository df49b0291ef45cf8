/* ours_table.h - the audited formulas of this library in float and in double, in either library. */
#ifndef HYP_AUDIT_OURS_TABLE_H
#define HYP_AUDIT_OURS_TABLE_H

#include "hyp/audit/sample.h"

/* The outputs, and the gradient by sample->x of [sample->g, outputs]: 3 numbers each. */
typedef void Ours(const AuditSample *sample, double *out, double *gradient);

typedef struct OursTable {
    Ours *exp_map_zero, *log_map_zero, *distance, *mobius_gap, *hyperplane, *feature_clip;
} OursTable;

const OursTable *ours_in_float(void);
const OursTable *ours_in_double(void);

#endif
