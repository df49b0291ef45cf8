/* print.c - the tables of the audit, as text and as comma-separated values. */
#include "hyp/audit/print.h"

#include <stdio.h>

void audit_print_legend(void) {
    puts(
        "How to read the tables. c > 0 makes the ball c|x|^2 < 1, of curvature -c; sc is the root\n"
        "of c, and eps the spacing of numbers at 1: 1.2e-7 in float, 2.2e-16 in double.\n"
        "- depth, the first column: sc|u| of a tangent vector u, or artanh(sc|x|) of a point x;\n"
        "  both are half the distance from the origin, times sc. At depth 20, 1 - sc|x| is 8e-18.\n"
        "- value, gradient: the error's length over the length of the exact result, which long\n"
        "  double gives for the same inputs: 1e-5 is five digits. The worst of 40 samples, with\n"
        "  c = 0.01, 0.5, 1 and 4. The gradient is that of a random combination of the outputs.\n"
        "- no digit: an error of half the result or more, or a NaN.\n"
        "- allowed: the bound that this library promises, a few eps; for points, a few eps over\n"
        "  the gap 1 - c|x|^2, as rounding x alone changes its gap by eps.\n"
        "- vague: eps over the gap is above 1%, so neighbouring numbers are different points;\n"
        "  errors are those for the rounded x, and none is promised.\n"
        "- outside: the point, rounded, is on the boundary or beyond it.");
}

static const char *type_name(Rounding rounding) {
    return rounding == ROUND_TO_FLOAT ? "float" : "double";
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

static void print_head(const char *first, const char *last) {
    printf("%26s  %20s  |  %20s\n", "", "as usually coded", "here");
    printf("%26s  %9s  %9s  |  %9s  %9s  %9s\n", first, "value", "gradient", "value", "gradient",
           last);
}

static void print_depth(double z, const Depth *depth, double share) {
    printf("%26g", z);
    if (depth->place == PLACE_OUTSIDE) {
        puts("  outside");
        return;
    }
    print_errors(&depth->errors);
    if (depth->place == PLACE_VAGUE)
        printf("  %9s\n", "vague");
    else
        printf("  %9.1e%s\n", depth->allowed, share <= 1 ? "" : "  EXCEEDED");
}

void audit_print_csv_head(void) {
    puts("formula,precision,depth,place,usual_value,usual_gradient,value,gradient,allowed");
}

static void print_csv(const AuditFormula *formula, Rounding rounding, double z,
                      const Depth *depth) {
    static const char *const places[] = { "bounded", "vague", "outside" };
    const Errors *errors = &depth->errors;
    printf("%s,%s,%g,%s,", formula->name, type_name(rounding), z, places[depth->place]);
    if (depth->place == PLACE_OUTSIDE)
        puts(",,,,");
    else
        printf("%.3e,%.3e,%.3e,%.3e,", errors->usual_value, errors->usual_gradient, errors->value,
               errors->gradient);
    if (depth->place == PLACE_BOUNDED)
        printf("%.3e\n", depth->allowed);
    else if (depth->place == PLACE_VAGUE)
        putchar('\n');
}

static void keep_worst(Errors *worst, const Errors *errors) {
    worst->usual_value = fmax(worst->usual_value, errors->usual_value);
    worst->usual_gradient = fmax(worst->usual_gradient, errors->usual_gradient);
    worst->value = fmax(worst->value, errors->value);
    worst->gradient = fmax(worst->gradient, errors->gradient);
}

void audit_print_formula(const AuditFormula *formula, Rounding rounding, bool csv,
                         AuditSummary *summary) {
    AuditWorst *worst = &summary->line[summary->lines++];
    *worst = (AuditWorst){ formula, rounding, { 0 }, 0 };
    if (!csv) {
        printf("%s, %s: %s\n  usual trouble: %s\n\n", formula->name, type_name(rounding),
               formula->what, formula->usual_trouble);
        print_head(formula->depth_name, "allowed");
    }
    for (int k = 0; k < AUDIT_DEPTHS; k++) {
        const double z = audit_depths[k];
        const Depth depth = audit_measure(formula, z, rounding);
        const double share = fmax(depth.errors.value, depth.errors.gradient) / depth.allowed;
        if (csv)
            print_csv(formula, rounding, z, &depth);
        else
            print_depth(z, &depth, share);
        if (depth.place != PLACE_BOUNDED) continue;
        keep_worst(&worst->errors, &depth.errors);
        worst->share = fmax(worst->share, share);
        summary->exceeded |= !(share <= 1);
    }
    if (!csv) putchar('\n');
}

void audit_print_summary(const AuditSummary *summary) {
    puts("The worst errors, where a bound is promised:\n");
    print_head("", "of bound");
    for (int i = 0; i < summary->lines; i++) {
        const AuditWorst *worst = &summary->line[i];
        printf("%-19s%7s", worst->formula->name, type_name(worst->rounding));
        print_errors(&worst->errors);
        printf("  %8.0f%%%s\n", 100 * worst->share, worst->share <= 1 ? "" : "  EXCEEDED");
    }
    puts(summary->exceeded ? "\nSome errors exceed what is allowed."
                           : "\nAll errors are within what is allowed.");
}
