/* ours_float.c - the audited formulas of this library in float, whatever the library's real. */
#undef REAL_IS_DOUBLE
#define REAL_FORMULAS_ALONE
#include "hyp/audit/ours.h"

const OursTable *ours_in_float(void) {
    return &table;
}
