/* ours_double.c - the audited formulas of this library in double, whatever the library's real. */
#undef REAL_IS_DOUBLE
#define REAL_IS_DOUBLE
#define REAL_FORMULAS_ALONE
#include "hyp/audit/ours.h"

const OursTable *ours_in_double(void) {
    return &table;
}
