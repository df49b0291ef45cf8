/* compare.h - audits results that another library computed, from a safetensors file.
 *
 * A case is a formula's name, or FORMULA/LABEL, and its tensors are CASE/NAME, of R rows:
 *     x         [R,N]  the inputs, N = 1 to 3: tangent vectors u, or points of the ball
 *     y         [R,N]  distance, mobius_gap: the other point; hyperplane: its point p
 *     normal    [R,N]  hyperplane: its normal
 *     c         [1] or [R]  curvature, above 0
 *     g         [R,K]  the cotangent: K = N, or 1 (also [R]) where the formula gives one number
 *     output    [R,K]  what the library computed
 *     gradient  [R,N]  what it computed as d [g, output] / dx, or [R] by c
 * All are F32, or all F64: that is the number type that is audited.
 */
#ifndef HYP_AUDIT_COMPARE_H
#define HYP_AUDIT_COMPARE_H

#include "tensor/error.h"

#include <stdio.h>

/* Print the digits of each row of each case to the table. false: one line in error, and nothing is printed, when
 * the file cannot be read or a tensor is missing, unknown or of the wrong shape or type; otherwise
 * *within says whether all errors are within what is allowed. */
bool audit_compare(const char *path, FILE *table, bool *within, Error *error);

#endif
