/* geoopt_errors.c - the errors of PyTorch with geoopt. The rows of the .csv are initialisers. */
#include "hyp/audit/geoopt_errors.h"

#include <string.h>

typedef struct GeooptRow {
    const char *formula, *precision;
    double depth, value, gradient;
} GeooptRow;

#pragma GCC diagnostic ignored "-Wmissing-braces"
static const GeooptRow rows[] = {
#include "hyp/audit/geoopt_errors.csv"
};

int geoopt_errors(const char *formula, bool twice, bool gradient, double *depth, double *error) {
    int count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && count < GEOOPT_DEPTHS; i++) {
        if (strcmp(rows[i].formula, formula) != 0) continue;
        if (strcmp(rows[i].precision, twice ? "double" : "float") != 0) continue;
        depth[count] = rows[i].depth;
        error[count++] = gradient ? rows[i].gradient : rows[i].value;
    }
    return count;
}
