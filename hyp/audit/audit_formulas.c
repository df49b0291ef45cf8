/* audit_formulas.c - the table of audited formulas, with their inputs. */
#include "hyp/audit/audit_formulas.h"

#include <string.h>

enum { N = AUDIT_DIMENSION };

/* A row of that length in a random direction. */
static void random_row(Random *random, double length, double *x) {
    double square = 0;
    for (int i = 0; i < N; i++) {
        x[i] = random_normal(random);
        square += x[i] * x[i];
    }
    for (int i = 0; i < N; i++) x[i] *= length / sqrt(square);
}

static void no_second(AuditSample *sample, Random *random, double z) {
    (void)sample, (void)random, (void)z;
}

/* All inputs along one axis: only sech^2(z) remains of the gradient. */
static void radial(AuditSample *sample, Random *random, double z) {
    (void)random;
    for (int i = 0; i < N; i++) sample->x[i] = sample->g[i] = 0;
    sample->x[0] = z / sqrt(sample->c);
    sample->g[0] = 1;
}

/* b a hundredth of a unit of length from a: |a - b| is about gap/200. */
static void near_second(AuditSample *sample, Random *random, double z) {
    const double gap = 1 / (cosh(z) * cosh(z));
    random_row(random, 0.005 * gap / sqrt(sample->c), sample->y);
    for (int i = 0; i < N; i++) sample->y[i] += sample->x[i];
}

/* Two points, each half of the way out: their sum is at sc|x (+) y| = tanh z. */
static void halves(AuditSample *sample, Random *random, double z) {
    random_row(random, tanh(z / 2) / sqrt(sample->c), sample->x);
    memcpy(sample->y, sample->x, sizeof sample->y);
}

static void hyperplane_point(AuditSample *sample, Random *random, double z) {
    (void)z;
    random_row(random, 0.6 / sqrt(sample->c), sample->y);
}

static void point_of_unit_ball(AuditSample *sample, Random *random, double z) {
    (void)z;
    random_row(random, 0.6, sample->y);
}

AuditSample audit_sample(const AuditFormula *formula, int number, double z, Rounding rounding) {
    static const double curvatures[] = { 0.01, 0.5, 1, 4 };
    Random random = random_stream(1, (uint64_t)number, 0, 0);
    AuditSample sample = { .c = (double)rounded(curvatures[number % 4], rounding),
                           .by_curvature = formula->by_curvature };
    random_row(&random, (formula->takes_points ? tanh(z) : z) / sqrt(sample.c), sample.x);
    random_row(&random, 1, sample.normal);
    random_row(&random, 1, sample.g);
    formula->prepare(&sample, &random, z);
    double *const rows[] = { sample.x, sample.y, sample.normal, sample.g };
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < N; i++) rows[k][i] = (double)rounded(rows[k][i], rounding);
    return sample;
}

#define OURS(name) offsetof(OursTable, name)

const AuditFormula audit_formulas[AUDIT_FORMULAS] = {
    { "exp_map_zero", "tanh(sc|u|)/(sc|u|) u", "sc|u|",
      "|u| is clamped from below, the result pushed back to sc|x| = 0.996 (double: 1 - 1e-5)",
      false, N, no_second, usual_exp_map_zero, NULL, OURS(exp_map_zero), 8, false },
    { "exp_map_zero_radial", "the same, with u and its gradient along one axis", "sc|u|",
      "past sc|u| = 3.1 (double: 6.1) the result is pushed back, and its gradient is cut off",
      false, N, radial, usual_exp_map_zero, reference_radial, OURS(exp_map_zero), 64, false },
    { "log_map_zero", "artanh(sc|y|)/(sc|y|) y", "artanh(sc|y|)",
      "|y| is clamped from below, and sc|y| from above at 1 - 1e-7 (double: 1 - 1e-15)", true, N,
      no_second, usual_log_map_zero, reference_log_map_zero, OURS(log_map_zero), 4, false },
    { "distance", "of two points a, b that are 0.01/sc apart", "artanh(sc|a|)",
      "the argument of arccosh is 1 and a little, which loses half of the digits", true, 1,
      near_second, usual_distance, reference_distance, OURS(distance), 4, false },
    { "mobius_gap", "1 - c|x (+) y|^2, for y = x", "artanh(sc|x(+)y|)",
      "the norm of the rounded sum is taken from 1", true, 1, halves, usual_mobius_gap,
      reference_mobius_gap, OURS(mobius_gap), 4, false },
    { "hyperplane", "signed distance of exp_0(u) to a hyperplane", "sc|u|",
      "x = exp_0(u), then (-p) (+) x, then the gap of that", false, 1, hyperplane_point,
      usual_hyperplane, reference_hyperplane, OURS(hyperplane), 200, false },
    { "feature_clip", "u min(1, r/|u|), with sc r = 2.5", "sc|u|",
      "none in its digits; but past r the gradient along u is 0, whatever the loss", false, N,
      no_second, usual_feature_clip, NULL, OURS(feature_clip), 8, false },
    { "exp_map_zero_by_c", "the same as exp_map_zero_radial, its gradient by c", "sc|u|",
      "of small |u| it is the difference of two nearly equal numbers", false, N, radial,
      usual_exp_map_zero, reference_exp_map_zero_by_c, OURS(exp_map_zero_by_c), 8, true },
    { "hyperplane_by_c", "the distance in the ball of c = 1 of exp_0(sc u), its gradient by c",
      "sc|u|", "that of hyperplane", false, 1, point_of_unit_ball, usual_scaled_plane,
      reference_scaled_plane, OURS(hyperplane_by_c), 200, true },
};

const AuditFormula *audit_formula_find(const char *name) {
    for (int i = 0; i < AUDIT_FORMULAS; i++)
        if (!strcmp(name, audit_formulas[i].name)) return &audit_formulas[i];
    return NULL;
}
