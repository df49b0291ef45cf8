/* geoopt_errors.h - the errors of PyTorch with geoopt, from geoopt_errors.csv, which
 * bench/audit_geoopt.sh makes. */
#ifndef HYP_AUDIT_GEOOPT_ERRORS_H
#define HYP_AUDIT_GEOOPT_ERRORS_H

#include <stdbool.h>

enum { GEOOPT_DEPTHS = 32 };

/* The errors of a formula in float or double, by depth: how many, at most GEOOPT_DEPTHS. */
int geoopt_errors(const char *formula, bool twice, bool gradient, double *depth, double *error);

#endif
