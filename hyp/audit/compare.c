/* compare.c - audits results that another library computed. */
#include "hyp/audit/compare.h"

#include "hyp/audit/foreign_case.h"
#include "hyp/audit/measure.h"

#include <stdio.h>

enum { N = AUDIT_DIMENSION };

/* The digits that agree; at most 20, which is exact in long double. */
static double digits(double error) {
    return error < 1e-20 ? 20 : error < 1 ? -log10(error) : 0;
}

static double depth_of(const AuditFormula *formula, const AuditSample *sample) {
    long double square = 0;
    for (int i = 0; i < N; i++) square += (long double)sample->x[i] * (long double)sample->x[i];
    const long double z = sqrt((long double)sample->c * square);
    return (double)(formula->takes_points ? atanh(z) : z);
}

/* Print a row; returns whether its errors are within what is allowed. */
static bool print_row(FILE *table, const ForeignCase *one, int64_t row) {
    long double output[N], gradient[N];
    const AuditSample sample = foreign_case_row(one, row, output, gradient);
    const double gap = audit_gap(one->formula, &sample);
    if (!(gap > 0)) {
        fprintf(table, "%8lld  %9s  the point is on the boundary or beyond it\n", (long long)row,
                "");
        return true;
    }
    const AuditResult expected = audit_true_result(one->formula, &sample);
    const double allowed = one->formula->allowed * audit_epsilon(one->rounding) / gap;
    const double value = audit_relative_error(output, expected.value, N);
    const double of_gradient = audit_relative_error(gradient, expected.gradient, N);
    const bool vague = gap < 100 * audit_epsilon(one->rounding);
    const bool within = vague || (value <= allowed && of_gradient <= allowed);
    fprintf(table, "%8lld  %9.4g  %8.1f  %8.1f  ", (long long)row, depth_of(one->formula, &sample),
            digits(value), digits(of_gradient));
    if (vague)
        fprintf(table, "%8s\n", "vague");
    else
        fprintf(table, "%8.1f%s\n", digits(allowed), within ? "" : "  TOO FEW");
    return within;
}

bool audit_compare(const char *path, FILE *table, bool *within, Error *error) {
    int count;
    ForeignCase *cases = foreign_cases_read(path, &count, error);
    if (!cases) return false;
    int64_t rows = 0, few = 0;
    fputs(
        "Decimal digits that agree with long double, for the same inputs; \"expected\" are those\n"
        "that this library keeps there. Depth: sc|u|, or artanh(sc|x|) of a point.\n\n",
        table);
    for (int i = 0; i < count; i++) {
        const ForeignCase *one = &cases[i];
        fprintf(table, "%s, %s: %s\n%8s  %9s  %8s  %8s  %8s\n", one->name,
                one->rounding == ROUND_TO_FLOAT ? "float" : "double", one->formula->what, "row",
                "depth", "value", "gradient", "expected");
        for (int64_t row = 0; row < one->rows; row++) few += !print_row(table, one, row);
        rows += one->rows;
        fputc('\n', table);
    }
    fprintf(table, "%lld rows, %lld with too few digits\n", (long long)rows, (long long)few);
    *within = few == 0;
    foreign_cases_free(cases, count);
    return true;
}
