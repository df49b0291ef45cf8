/* sections_steps.c - the charts of a gradient along a ray, and of training through a clamp. */
#include "hyp/audit/sections_steps.h"

#include "hyp/audit/ours_table.h"
#include "hyp/audit/usual.h"

enum { POINTS = 81, STEPS = 41 };

/* u at depth z on the first axis, with the cotangent and the plane's normal along it, c = 1. */
static AuditSample on_axis(double z) {
    return (AuditSample){ .c = 1, .x = { z }, .normal = { 1 }, .g = { 1 } };
}

bool audit_take_ray(AuditSectionTake *take, void *context, Error *error) {
    double z[POINTS], usual[POINTS], here[POINTS];
    for (int i = 0; i < POINTS; i++) {
        Dual out[AUDIT_DIMENSION];
        double value[AUDIT_DIMENSION], gradient[AUDIT_DIMENSION];
        z[i] = 20.0 * i / (POINTS - 1);
        const AuditSample sample = on_axis((double)(float)z[i]);
        usual_exp_map_zero(&sample, ROUND_TO_FLOAT, out);
        ours_in_float()->exp_map_zero(&sample, value, gradient);
        usual[i] = (double)fabs(out[0].d[0]), here[i] = fabs(gradient[0]);
    }
    const AuditCurve curves[] = { { AUDIT_LINE_USUAL, "as usually coded", z, usual, POINTS },
                                  { AUDIT_LINE_HERE, "here", z, here, POINTS } };
    const AuditChart chart = {
        "|d exp_0(u)/du| along u, float", "sc|u|", 0, 20, -18, 0, 1, 4, 3, curves, 2
    };
    const AuditSection section = {
        "ray", "The gradient along a ray",
        "Along u the derivative of exp_0 is 1/cosh^2(sc|u|): small far out, but not 0. Where the "
        "result is pushed back into the ball, the usual code leaves rounding errors of it, drawn "
        "at or above the lower edge, with any sign.",
        &chart, 1
    };
    return take(context, &section, error);
}

/* The distance to a plane through the origin, d, and its derivative along u, three ways in float. */
typedef enum Way { THROUGH_PROJECTION, THROUGH_CLIPPING, WITHOUT_CLAMP, WAYS } Way;

static double distance_along(Way way, double u, double *slope) {
    double value[AUDIT_DIMENSION], gradient[AUDIT_DIMENSION], inner = 1;
    AuditSample sample = on_axis((double)(float)u);
    if (way == THROUGH_PROJECTION) { /* d = 2 artanh x */
        Dual out[AUDIT_DIMENSION];
        usual_exp_map_zero(&sample, ROUND_TO_FLOAT, out);
        const float x = (float)out[0].value;
        *slope = (double)(2 / (1 - x * x) * (float)out[0].d[0]);
        return (double)(2 * atanhf(x));
    }
    if (way == THROUGH_CLIPPING) {
        ours_in_float()->feature_clip(&sample, value, gradient);
        sample.x[0] = value[0], inner = gradient[0];
    }
    ours_in_float()->hyperplane(&sample, value, gradient);
    *slope = inner * gradient[0];
    return value[0];
}

bool audit_take_steps(AuditSectionTake *take, void *context, Error *error) {
    static const char *const names[WAYS] = { "exp_0, pushed back to 0.996",
                                             "features clipped to 2.5", "no clamp" };
    static const AuditLine lines[WAYS] = { AUDIT_LINE_USUAL, AUDIT_LINE_GEOOPT, AUDIT_LINE_HERE };
    double step[STEPS], depth[WAYS][STEPS];
    AuditCurve curves[WAYS];
    for (int way = 0; way < WAYS; way++) {
        double u = 4;
        for (int i = 0; i < STEPS; i++) {
            double slope;
            step[i] = i, depth[way][i] = u;
            const double off = distance_along((Way)way, u, &slope) - 2; /* 2 is depth 1 */
            u -= 0.05 * off * slope;
        }
        curves[way] = (AuditCurve){ lines[way], names[way], step, depth[way], STEPS };
    }
    const AuditChart chart = {
        "sc|u| after gradient descent, float", "step", 0, 40, 0, 5, 0, 10, 1, curves, WAYS
    };
    const AuditSection section = {
        "steps", "What a clamp does to a training step",
        "u begins at depth 4 and should come to depth 1: the loss is half the squared difference "
        "of the distances to a plane through the origin, the rate 0.05. Through a projection "
        "(dashed) and through feature clipping (dotted) the gradient along u is 0 or a rounding "
        "error, and u stays where it is. Without a clamp (solid) it arrives.",
        &chart, 1
    };
    return take(context, &section, error);
}
