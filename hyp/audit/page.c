/* page.c - the audit as one HTML page that needs nothing else. */
#include "hyp/audit/page.h"

#include "hyp/audit/geoopt_errors.h"
#include "hyp/audit/measure.h"
#include "hyp/audit/page_chart.h"
#include "hyp/audit/page_steps.h"
#include "tensor/file_writer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char *const page_head =
    "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>\n"
    "<meta name='viewport' content='width=device-width, initial-scale=1'>\n"
    "<title>Audit of hyperbolic formulas</title>\n<style>\n"
    ":root{color-scheme:light dark}"
    "body{margin:1.5rem auto;padding:0 1rem;max-width:84rem;background:#fff;color:#222;"
    "font:16px/1.5 system-ui,sans-serif}\n"
    "p{max-width:46rem}.charts{display:grid;gap:1rem;"
    "grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}\n"
    "svg{width:100%;height:auto}svg text{fill:currentColor;font-size:11px}"
    "svg .title{font-size:13px;font-weight:600}.grid{stroke:#ddd}\n"
    "polyline{fill:none;stroke-width:2}.line0{stroke:#c05000;stroke-dasharray:7 3}"
    ".line1{stroke:#8a2fa8;stroke-dasharray:2 3}.line2{stroke:#0b62c4}"
    ".line3{stroke:#777;stroke-width:1}\n"
    ".legend span{display:inline-block;margin-right:1.5rem}"
    ".legend svg{width:2.2rem;height:.6rem;margin-right:.4rem}\n"
    "@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}.grid{stroke:#3a3d44}"
    ".line0{stroke:#ff9a4d}.line1{stroke:#d08cf0}.line2{stroke:#6db3ff}.line3{stroke:#999}}\n"
    "</style></head><body>\n<h1>Audit of hyperbolic formulas</h1>\n"
    "<p>The ball is c|x|&sup2; &lt; 1, sc the root of c. Depth is sc|u| of a tangent vector u, or "
    "artanh(sc|x|) of a point x. Errors are relative to the exact result for the same inputs, from "
    "long double: the worst of 40 samples with c = 0.01, 0.5, 1 and 4. At 1 no digit is left. "
    "Curves of points end where the rounded point can reach the boundary.</p>\n";

static void write_legend(FILE *file) {
    static const char *const names[] = { "as usually coded", "PyTorch with geoopt, one row a depth",
                                         "here", "allowed here" };
    fputs("<p class='legend'>", file);
    for (int i = 0; i < 4; i++)
        fprintf(file,
                "<span><svg viewBox='0 0 36 10'><polyline class='line%d' points='0,5 36,5'/>"
                "</svg>%s</span>",
                i, names[i]);
    fputs("</p>\n", file);
}

static void write_errors(FILE *file, const AuditFormula *formula, Rounding rounding,
                         const Depth *depths, bool gradient) {
    double usual[AUDIT_DEPTHS], here[AUDIT_DEPTHS], allowed[AUDIT_DEPTHS];
    double x[GEOOPT_DEPTHS], errors[GEOOPT_DEPTHS];
    for (int k = 0; k < AUDIT_DEPTHS; k++) {
        const Errors *of = &depths[k].errors;
        const bool outside = depths[k].place == PLACE_OUTSIDE;
        usual[k] = outside ? NAN : gradient ? of->usual_gradient : of->usual_value;
        here[k] = outside ? NAN : gradient ? of->gradient : of->value;
        allowed[k] = depths[k].place == PLACE_BOUNDED ? depths[k].allowed : NAN;
    }
    char title[64];
    snprintf(title, sizeof title, "%s, error of the %s",
             rounding == ROUND_TO_FLOAT ? "float" : "double", gradient ? "gradient" : "value");
    const PageChart chart = { title, formula->depth_name, 0, 20, -18, 0, 1, 4, 3 };
    const int count =
        geoopt_errors(formula->name, rounding == ROUND_TO_DOUBLE, gradient, x, errors);
    const PageCurve curves[] = {
        { PAGE_ALLOWED, "allowed here", audit_depths, allowed, AUDIT_DEPTHS },
        { PAGE_USUAL, "as usually coded", audit_depths, usual, AUDIT_DEPTHS },
        { PAGE_GEOOPT, "PyTorch with geoopt", x, errors, count },
        { PAGE_HERE, "here", audit_depths, here, AUDIT_DEPTHS },
    };
    page_chart_write(file, &chart, curves, 4);
}

static void write_formula(FILE *file, const AuditFormula *formula) {
    fprintf(file, "<h2>%s</h2>\n<p>%s.<br>Usual trouble: ", formula->name, formula->what);
    for (const char *at = formula->usual_trouble; *at; at++)
        *at == '<' ? fputs("&lt;", file) : fputc(*at, file);
    fputs(".</p>\n<div class='charts'>\n", file);
    for (int type = ROUND_TO_FLOAT; type <= ROUND_TO_DOUBLE; type++) {
        Depth depths[AUDIT_DEPTHS];
        for (int k = 0; k < AUDIT_DEPTHS; k++)
            depths[k] = audit_measure(formula, audit_depths[k], (Rounding)type);
        write_errors(file, formula, (Rounding)type, depths, false);
        write_errors(file, formula, (Rounding)type, depths, true);
    }
    fputs("</div>\n", file);
}

bool audit_page_write(const char *folder, Error *error) {
    char path[4096];
    FileWriter writer;
    if (snprintf(path, sizeof path, "%s/audit.html", folder) >= (int)sizeof path)
        return error_set(error, "%.100s...: the name is too long", folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return error_set(error, "%s: cannot be made: %s", folder, strerror(errno));
    if (!file_writer_open(&writer, path, error)) return false;
    fputs(page_head, writer.file);
    write_legend(writer.file);
    for (int i = 0; i < AUDIT_FORMULAS; i++) write_formula(writer.file, &audit_formulas[i]);
    page_ray_write(writer.file);
    page_steps_write(writer.file);
    fputs("</body></html>\n", writer.file);
    return file_writer_finish(&writer, true, error);
}
