/* sections.c - measures what the audit's charts show. */
#include "hyp/audit/geoopt_errors.h"
#include "hyp/audit/measure.h"
#include "hyp/audit/section.h"
#include "hyp/audit/sections_steps.h"

#include <stdio.h>

double audit_chart_x(const AuditChart *chart, double x) {
    return (x - chart->x_low) / (chart->x_high - chart->x_low);
}

double audit_chart_y(const AuditChart *chart, double y) {
    const double value = chart->logarithmic ? log10(fmax(y, 1e-300)) : y;
    return fmin(fmax((value - chart->low) / (chart->high - chart->low), 0), 1);
}

enum { CURVES = 4 };

/* A chart with what it points to. */
typedef struct ErrorChart {
    double usual[AUDIT_DEPTHS], here[AUDIT_DEPTHS], allowed[AUDIT_DEPTHS];
    double geoopt_x[GEOOPT_DEPTHS], geoopt[GEOOPT_DEPTHS];
    char title[64];
    AuditCurve curves[CURVES];
} ErrorChart;

static AuditChart error_chart(ErrorChart *chart, const AuditFormula *formula, Rounding rounding,
                              const Depth *depths, bool gradient) {
    for (int k = 0; k < AUDIT_DEPTHS; k++) {
        const Errors *of = &depths[k].errors;
        const bool outside = depths[k].place == PLACE_OUTSIDE;
        chart->usual[k] = outside ? NAN : gradient ? of->usual_gradient : of->usual_value;
        chart->here[k] = outside ? NAN : gradient ? of->gradient : of->value;
        chart->allowed[k] = depths[k].place == PLACE_BOUNDED ? depths[k].allowed : NAN;
    }
    snprintf(chart->title, sizeof chart->title, "%s, error of the %s",
             rounding == ROUND_TO_FLOAT ? "float" : "double", gradient ? "gradient" : "value");
    const int count = geoopt_errors(formula->name, rounding == ROUND_TO_DOUBLE, gradient,
                                    chart->geoopt_x, chart->geoopt);
    const AuditCurve curves[CURVES] = {
        { AUDIT_LINE_ALLOWED, "allowed here", audit_depths, chart->allowed, AUDIT_DEPTHS },
        { AUDIT_LINE_USUAL, "as usually coded", audit_depths, chart->usual, AUDIT_DEPTHS },
        { AUDIT_LINE_GEOOPT, "PyTorch with geoopt", chart->geoopt_x, chart->geoopt, count },
        { AUDIT_LINE_HERE, "here", audit_depths, chart->here, AUDIT_DEPTHS },
    };
    for (int i = 0; i < CURVES; i++) chart->curves[i] = curves[i];
    return (AuditChart){ chart->title, formula->depth_name, 0, 20, -18, 0, 1, 4, 3, chart->curves,
                         CURVES };
}

static bool take_formula(const AuditFormula *formula, AuditSectionTake *take, void *context,
                         Error *error) {
    ErrorChart of[4];
    AuditChart charts[4];
    for (int type = ROUND_TO_FLOAT; type <= ROUND_TO_DOUBLE; type++) {
        Depth depths[AUDIT_DEPTHS];
        for (int k = 0; k < AUDIT_DEPTHS; k++)
            depths[k] = audit_measure(formula, audit_depths[k], (Rounding)type);
        for (int gradient = 0; gradient < 2; gradient++) {
            const int i = 2 * type + gradient;
            charts[i] = error_chart(&of[i], formula, (Rounding)type, depths, gradient);
        }
    }
    AuditSection section = { formula->name, formula->name, "", charts, 4 };
    snprintf(section.text, sizeof section.text, "%s. Usual trouble: %s.", formula->what,
             formula->usual_trouble);
    return take(context, &section, error);
}

bool audit_sections(AuditSectionTake *take, void *context, Error *error) {
    for (int i = 0; i < AUDIT_FORMULAS; i++)
        if (!take_formula(&audit_formulas[i], take, context, error)) return false;
    return audit_take_ray(take, context, error) && audit_take_steps(take, context, error);
}
