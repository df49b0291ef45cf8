/* section.h - the charts of the audit, whatever draws them. */
#ifndef HYP_AUDIT_SECTION_H
#define HYP_AUDIT_SECTION_H

#include "tensor/error.h"

/* What a curve stands for: sets its colour and dashes. */
typedef enum AuditLine {
    AUDIT_LINE_USUAL,
    AUDIT_LINE_GEOOPT,
    AUDIT_LINE_HERE,
    AUDIT_LINE_ALLOWED,
    AUDIT_LINES
} AuditLine;

/* Points whose y is NaN are left out. */
typedef struct AuditCurve {
    AuditLine line;
    const char *name;
    const double *x, *y;
    int count;
} AuditCurve;

/* y from low to high: powers of ten if logarithmic, where values outside are drawn at the edge. */
typedef struct AuditChart {
    const char *title, *x_name;
    double x_low, x_high, low, high;
    int logarithmic, x_step, y_step; /* between ticks; powers of ten if logarithmic */
    const AuditCurve *curves;
    int count;
} AuditChart;

/* Charts with the same curves. The name is that of a file; the text is a paragraph. */
typedef struct AuditSection {
    const char *name, *heading;
    char text[512];
    const AuditChart *charts;
    int count;
} AuditSection;

/* Where a value is drawn, as a share of the axis. */
double audit_chart_x(const AuditChart *chart, double x);
double audit_chart_y(const AuditChart *chart, double y);

/* Takes a section, which is valid during the call. */
typedef bool AuditSectionTake(void *context, const AuditSection *section, Error *error);

/* Give every section to `take`, until one fails: the error against depth of each formula, the
 * gradient along a ray, and training steps through a clamp. */
bool audit_sections(AuditSectionTake *take, void *context, Error *error);

#endif
