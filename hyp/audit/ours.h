/* ours.h - the audited formulas of this library, in the number type of the file that includes it:
 * ours_float.c and ours_double.c. */
#include "hyp/audit/ours_table.h"
#include "hyp/ball.h"
#include "hyp/hyperplane/hyperplane_finish.h"

enum { N = AUDIT_DIMENSION };

/* A sample's rows as reals, and room for a result. */
typedef struct Rows {
    real c, x[N], y[N], normal[N], g[N], out[N], dx[N];
} Rows;

static Rows rows_of(const AuditSample *sample) {
    Rows rows = { .c = (real)sample->c };
    for (int i = 0; i < N; i++) {
        rows.x[i] = (real)sample->x[i], rows.y[i] = (real)sample->y[i];
        rows.normal[i] = (real)sample->normal[i], rows.g[i] = (real)sample->g[i];
    }
    return rows;
}

static void store(const Rows *rows, double *out, double *gradient) {
    for (int i = 0; i < N; i++) out[i] = (double)rows->out[i], gradient[i] = (double)rows->dx[i];
}

static void exp_map_zero(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    ball_exp_map_zero(rows.x, N, rows.c, rows.out);
    ball_exp_map_zero_backward(rows.x, N, rows.c, rows.g, (Gradient){ rows.dx, false });
    store(&rows, out, gradient);
}

static void log_map_zero(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    ball_log_map_zero(rows.x, N, rows.c, rows.out);
    ball_log_map_zero_backward(rows.x, N, rows.c, rows.g, (Gradient){ rows.dx, false });
    store(&rows, out, gradient);
}

static void distance(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    const Gradient none = { NULL, false };
    rows.out[0] = ball_distance(rows.x, rows.y, N, rows.c);
    ball_distance_backward(rows.x, rows.y, N, rows.c, rows.g[0], (Gradient){ rows.dx, false },
                           none);
    store(&rows, out, gradient);
}

/* d(gap_x gap_y/D), D = gap_x gap_y + c|w|^2, w = x + y: with q = gap_x gap_y/D,
 * dq = (c|w|^2 gap_y d gap_x - 2c q D [w,dx]) / D^2. */
static void mobius_gap(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    const real c = rows.c, *x = rows.x, *y = rows.y;
    const real gap_x = ball_gap(x, N, c), gap_y = ball_gap(y, N, c);
    const real cw = c * row_sum_square(x, 1, y, N), d = gap_x * gap_y + cw;
    rows.out[0] = ball_mobius_add_gap(x, y, N, c);
    for (int i = 0; i < N; i++)
        rows.dx[i] = -2 * c * gap_y / d / d * (cw * x[i] + gap_x * (x[i] + y[i])) * rows.g[0];
    store(&rows, out, gradient);
}

static void hyperplane(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    real work[4 * N];
    const Gradient none = { NULL, false };
    rows.out[0] = hyperplane_single(rows.x, rows.y, rows.normal, N, rows.c, false, rows.g[0], work,
                                    (Gradient){ rows.dx, false }, none, none);
    store(&rows, out, gradient);
}

static void feature_clip(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    const real radius = (real)AUDIT_CLIP / sqrt(rows.c);
    ball_clip(rows.x, N, radius, rows.out);
    ball_clip_backward(rows.x, N, radius, rows.g, (Gradient){ rows.dx, false });
    store(&rows, out, gradient);
}

static void exp_map_zero_by_c(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    ball_exp_map_zero(rows.x, N, rows.c, rows.out);
    rows.dx[0] = ball_exp_map_zero_curvature(rows.x, N, rows.c, rows.g);
    store(&rows, out, gradient);
}

/* As layer_hyperplane_learn_curvature has it: the plane is one of the ball with c = 1, sc u the row,
 * and d[g,output]/dc = [u, d/d(sc u)] / 2sc. */
static void hyperplane_by_c(const AuditSample *sample, double *out, double *gradient) {
    Rows rows = rows_of(sample);
    real work[4 * N], scaled[N], by_scaled[N];
    const Gradient none = { NULL, false };
    const real sc = sqrt(rows.c);
    for (int i = 0; i < N; i++) scaled[i] = sc * rows.x[i];
    rows.out[0] = hyperplane_single(scaled, rows.y, rows.normal, N, 1, false, rows.g[0], work,
                                    (Gradient){ by_scaled, false }, none, none);
    rows.dx[0] = row_dot(rows.x, by_scaled, N) / (2 * sc);
    store(&rows, out, gradient);
}

static const OursTable table = { exp_map_zero, log_map_zero, distance,          mobius_gap,
                                 hyperplane,   feature_clip, exp_map_zero_by_c, hyperplane_by_c };
