/* hyp_audit.c - measures how many digits the hyperbolic formulas keep.
 *
 * Every formula is computed in three ways from the same inputs, in float and in double: as usually
 * coded, with its automatic gradient; by this library; and in long double. The tables show the
 * relative errors of the first two. The exit status says whether the library keeps its stated
 * bounds. */
#include "hadnet/reports/audit_pictures.h"
#include "hadnet/training/run_folder.h"
#include "hyp/audit/compare.h"
#include "hyp/audit/page.h"
#include "hyp/audit/print.h"

#include <stdio.h>
#include <string.h>

static int help(void) {
    puts(
        "usage: hyp_audit [--formula NAME] [--precision float|double] [--csv]\n"
        "       hyp_audit --out DIR\n"
        "       hyp_audit --compare FILE.safetensors\n"
        "\n"
        "Shows how many digits the formulas of the Poincare ball keep: as they are usually coded\n"
        "(clamped by small constants, 1 - c|x|^2 computed anew, distance by arccosh, gradients by\n"
        "automatic differentiation) and as this library computes them, against long double.\n"
        "\n"
        "  --formula NAME       this formula alone\n"
        "  --precision float|double    this number type alone; both unless given\n"
        "  --csv                the same numbers as comma-separated values\n"
        "  --out DIR            the same drawn: DIR/audit.html, which needs no other file, and\n"
        "                       PNG files, one a formula, ray.png and steps.png\n"
        "  --compare FILE       digits of what another library computed\n"
        "\n"
        "Formulas:");
    for (int i = 0; i < AUDIT_FORMULAS; i++)
        printf("  %-20s %s\n", audit_formulas[i].name, audit_formulas[i].what);
    putchar('\n');
    audit_print_legend();
    puts(
        "\nA FILE to compare holds cases, named FORMULA or FORMULA/LABEL, of R rows of N = 1 to 3\n"
        "numbers, all F32 or all F64. The tensors of a case are CASE/NAME, with these names:\n"
        "  x         [R,N]  tangent vectors u, or points\n"
        "  y         [R,N]  distance, mobius_gap: the second point; hyperplane: its point p\n"
        "  normal    [R,N]  hyperplane: its normal\n"
        "  c         [1] or [R]  curvature\n"
        "  g         [R,N]  cotangent; [R] where the formula gives one number\n"
        "  output    [R,N] or [R]  what the library computed\n"
        "  gradient  [R,N]  what it computed as the gradient of [g, output] by x; [R] by c\n"
        "\n"
        "Exit status: 0 when every error, of this library or of the FILE, is within what is "
        "allowed,\n"
        "1 when not, 2 when an argument or the FILE is wrong.");
    return 0;
}

/* "unexpected argument 'x'; see hyp_audit --help", and the exit status. */
static int refuse(const char *what, const char *found, const char *expected) {
    fprintf(stderr, "hyp_audit: %s '%s'; %s\n", what, found, expected);
    return 2;
}

typedef struct Wish {
    const AuditFormula *formula; /* NULL: all */
    const char *compare, *out;   /* a file and a folder, or NULL */
    int first, last;             /* number types */
    bool csv;
} Wish;

/* The value of an option at argv[*at], as "--name VALUE" or "--name=VALUE"; NULL: another option. */
static const char *option_value(const char *name, char **argv, int argc, int *at) {
    const size_t length = strlen(name);
    if (strncmp(argv[*at], name, length)) return NULL;
    if (argv[*at][length] == '=') return argv[*at] + length + 1;
    if (argv[*at][length]) return NULL;
    return *at + 1 < argc ? argv[++*at] : "";
}

/* 0, or the exit status of a wrong command line. */
static int read_arguments(int argc, char **argv, Wish *wish) {
    for (int i = 1; i < argc; i++) {
        const char *value;
        if (!strcmp(argv[i], "--csv")) {
            wish->csv = true;
        } else if ((value = option_value("--formula", argv, argc, &i))) {
            wish->formula = audit_formula_find(value);
            if (!wish->formula) return refuse("no formula", value, "hyp_audit --help lists them");
        } else if ((value = option_value("--compare", argv, argc, &i))) {
            wish->compare = value;
        } else if ((value = option_value("--out", argv, argc, &i))) {
            if (!*value) return refuse("no folder", value, "expected --out DIR");
            wish->out = value;
        } else if ((value = option_value("--precision", argv, argc, &i))) {
            const bool twice = !strcmp(value, "double");
            if (!twice && strcmp(value, "float"))
                return refuse("no precision", value, "expected float or double");
            wish->first = wish->last = twice ? ROUND_TO_DOUBLE : ROUND_TO_FLOAT;
        } else {
            return refuse("unexpected argument", argv[i], "see hyp_audit --help");
        }
    }
    return 0;
}

/* The exit status of --compare. */
static int compare(const char *path) {
    Error error = { "" };
    bool within = false;
    if (audit_compare(path, stdout, &within, &error)) return within ? 0 : 1;
    fprintf(stderr, "hyp_audit: %s\n", error.text);
    return 2;
}

/* The exit status of --out. */
static int draw(const char *folder) {
    Error error = { "" };
    char page[4096];
    if (snprintf(page, sizeof page, "%s/audit.html", folder) >= (int)sizeof page)
        error_set(&error, "%.100s...: the name is too long", folder);
    else if (make_folders(folder, &error) && audit_page_write(page, &error) &&
             audit_pictures_write(folder, &error))
        return puts(page), 0;
    fprintf(stderr, "hyp_audit: %s\n", error.text);
    return 2;
}

/* Print every table that is wished for; the exit status. */
static int audit(const Wish *wish) {
    AuditSummary summary = { 0 };
    if (wish->csv) audit_print_csv_head();
    if (!wish->csv) audit_print_legend(), putchar('\n');
    for (int i = 0; i < AUDIT_FORMULAS; i++) {
        if (wish->formula && wish->formula != &audit_formulas[i]) continue;
        for (int type = wish->first; type <= wish->last; type++)
            audit_print_formula(&audit_formulas[i], (Rounding)type, wish->csv, &summary);
    }
    if (!wish->csv) audit_print_summary(&summary);
    return summary.exceeded ? 1 : 0;
}

PUBLIC int hyp_audit_main(int argc, char **argv) {
    Wish wish = { NULL, NULL, NULL, ROUND_TO_FLOAT, ROUND_TO_DOUBLE, false };
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return help();
    const int wrong = read_arguments(argc, argv, &wish);
    if (wrong) return wrong;
    if (wish.out && wish.compare) return refuse("not both of", "--out, --compare", "see --help");
    const int status = wish.out       ? draw(wish.out)
                       : wish.compare ? compare(wish.compare)
                                      : audit(&wish);
    if (fflush(stdout) || ferror(stdout)) {
        fputs("hyp_audit: standard output could not be written\n", stderr);
        return 2;
    }
    return status;
}
