/* hyp_audit.c - measures how many digits the hyperbolic formulas keep.
 *
 * Every formula is computed in three ways from the same float inputs: as usually coded in float,
 * with its automatic gradient; by this library; and in long double. The tables show the relative
 * errors of the first two. The exit status says whether the library keeps its stated bounds. */
#include "hyp/audit/audit_formulas.h"
#include "hyp/ball.h"
#include "tensor/public.h"

#include <stdio.h>
#include <string.h>

enum { N = AUDIT_DIMENSION, SAMPLES = 40 };

static const double depths[] = { 1e-8, 1e-4, 1e-2, 0.1, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20 };
enum { DEPTHS = sizeof depths / sizeof *depths };

/* Relative errors, the worst of all samples. */
typedef struct Errors {
    double usual_value, usual_gradient, value, gradient;
} Errors;

typedef struct Result {
    long double value[N], gradient[N];
} Result;

static AuditSample make_sample(const AuditFormula *formula, int number, double z) {
    static const double curvatures[] = { 0.01, 0.5, 1, 4 };
    Random random = random_stream(1, (uint64_t)number, 0, 0);
    AuditSample sample;
    const double c = curvatures[number % 4];
    sample.c = (real)c;
    audit_random_row(&random, (formula->takes_points ? tanh(z) : z) / sqrt(c), sample.x);
    audit_random_row(&random, 1, sample.normal);
    audit_random_row(&random, 1, sample.g);
    formula->prepare(&sample, &random, z);
    return sample;
}

static Result result_of_dual(const AuditFormula *formula, const AuditSample *sample,
                             const Dual *out) {
    Result result = { { 0 }, { 0 } };
    for (int j = 0; j < formula->outputs; j++) {
        result.value[j] = out[j].value;
        for (int i = 0; i < N; i++) result.gradient[i] += (long double)sample->g[j] * out[j].d[i];
    }
    return result;
}

static Result our_result(const AuditFormula *formula, const AuditSample *sample) {
    Result result = { { 0 }, { 0 } };
    real value[N], gradient[N];
    formula->ours(sample, value, (Gradient){ gradient, false });
    for (int j = 0; j < formula->outputs; j++) result.value[j] = (long double)value[j];
    for (int i = 0; i < N; i++) result.gradient[i] = (long double)gradient[i];
    return result;
}

/* Keep the larger of *worst and |found - expected| / |expected|. A NaN counts as the worst. */
static void keep_worst(double *worst, const long double *found, const long double *expected) {
    long double off = 0, size = 0;
    for (int i = 0; i < N; i++) {
        off += (found[i] - expected[i]) * (found[i] - expected[i]);
        size += expected[i] * expected[i];
    }
    const double relative = off == 0 ? 0 : (double)sqrt(off / size);
    if (!(relative <= *worst)) *worst = relative == relative ? relative : INFINITY;
}

static void measure(const AuditFormula *formula, const AuditSample *sample, Errors *errors) {
    Dual out[N];
    if (formula->reference)
        formula->reference(sample, out);
    else
        formula->dual(sample, false, out);
    const Result expected = result_of_dual(formula, sample, out);
    formula->dual(sample, true, out);
    const Result usual = result_of_dual(formula, sample, out);
    const Result ours = our_result(formula, sample);
    keep_worst(&errors->usual_value, usual.value, expected.value);
    keep_worst(&errors->usual_gradient, usual.gradient, expected.gradient);
    keep_worst(&errors->value, ours.value, expected.value);
    keep_worst(&errors->gradient, ours.gradient, expected.gradient);
}

/* The errors at depth z, and the allowed errors there. false: the gap 1 - c|x|^2 of such a point is
 * itself not known to two digits, as x is a float. */
static bool measure_depth(const AuditFormula *formula, double z, Errors *errors, double *bound) {
    double gap = 1;
    *errors = (Errors){ 0 };
    for (int number = 0; number < SAMPLES; number++) {
        const AuditSample sample = make_sample(formula, number, z);
        if (formula->takes_points) gap = fmin(gap, (double)ball_gap(sample.x, N, sample.c));
        if (gap < 100 * (double)REAL_EPSILON) return false;
        measure(formula, &sample, errors);
    }
    *bound = formula->allowed * (double)REAL_EPSILON / gap;
    return true;
}

static void print_error(double error) {
    if (error < 0.5)
        printf("  %9.1e", error);
    else
        printf("  %9s", "no digit");
}

static void print_errors(const Errors *errors) {
    print_error(errors->usual_value);
    print_error(errors->usual_gradient);
    printf("  |");
    print_error(errors->value);
    print_error(errors->gradient);
}

/* Print the table of one formula. Returns its worst error over what is allowed. */
static double audit(const AuditFormula *formula, Errors *worst) {
    double most = 0;
    printf("%s: %s\n  usual trouble: %s\n\n", formula->name, formula->what, formula->usual_trouble);
    printf("%14s  %20s  |  %20s\n", "", "as usually coded", "here");
    printf("%14s  %9s  %9s  |  %9s  %9s  %9s\n", formula->depth_name, "value", "gradient", "value",
           "gradient", "allowed");
    for (int k = 0; k < DEPTHS; k++) {
        Errors errors;
        double bound;
        if (!measure_depth(formula, depths[k], &errors, &bound)) continue;
        const double share = fmax(errors.value, errors.gradient) / bound;
        printf("%14g", depths[k]);
        print_errors(&errors);
        printf("  %9.1e%s\n", bound, share <= 1 ? "" : "  EXCEEDED");
        most = fmax(most, share);
        worst->usual_value = fmax(worst->usual_value, errors.usual_value);
        worst->usual_gradient = fmax(worst->usual_gradient, errors.usual_gradient);
        worst->value = fmax(worst->value, errors.value);
        worst->gradient = fmax(worst->gradient, errors.gradient);
    }
    putchar('\n');
    return most;
}

static int help(void) {
    puts(
        "usage: hyp_audit\n"
        "\n"
        "Shows how many digits the formulas of the Poincare ball keep in float: as they are "
        "usually\n"
        "coded (clamped by small constants, 1 - c|x|^2 computed anew, distance by arccosh, "
        "gradients\n"
        "by automatic differentiation) and as this library computes them, against long double.\n"
        "\n"
        "Errors are relative to the length of the result, the worst of 40 samples with curvatures\n"
        "c = 0.01, 0.5, 1 and 4; sc is the root of c. \"no digit\" is an error of half or more. "
        "The\n"
        "depth of a point is artanh(sc|x|). Near the boundary a float point itself is vague: its\n"
        "gap 1 - c|x|^2 is known to eps = 1.2e-7, so errors of eps/gap are allowed, and tables of\n"
        "points end where that is 1%.\n"
        "\n"
        "Exit status: 0 when every error of this library is within what is allowed, 1 when not.");
    return 0;
}

PUBLIC int hyp_audit_main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--help")) return help();
    if (argc > 1) {
        fprintf(stderr, "hyp_audit: unexpected argument '%s'; see hyp_audit --help\n", argv[1]);
        return 2;
    }
    Errors worst[AUDIT_FORMULAS] = { { 0 } };
    double share[AUDIT_FORMULAS];
    bool right = true;
    for (int i = 0; i < AUDIT_FORMULAS; i++) {
        share[i] = audit(&audit_formulas[i], &worst[i]);
        right &= share[i] <= 1;
    }
    printf("%-14s  %20s  |  %20s\n", "worst errors", "as usually coded", "here");
    printf("%14s  %9s  %9s  |  %9s  %9s  %9s\n", "", "value", "gradient", "value", "gradient",
           "of bound");
    for (int i = 0; i < AUDIT_FORMULAS; i++) {
        printf("%-14s", audit_formulas[i].name);
        print_errors(&worst[i]);
        printf("  %8.0f%%%s\n", 100 * share[i], share[i] <= 1 ? "" : "  EXCEEDED");
    }
    puts(right ? "\nAll errors are within what is allowed."
               : "\nSome errors exceed what is allowed.");
    return right ? 0 : 1;
}
