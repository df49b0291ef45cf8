/* The formulas of the Poincare ball against the high-precision table of hyp_reference.h.
 *
 * Tolerances are relative to the length of the result, in units of eps/gap: the inputs are exact,
 * but the gap 1 - c|x|^2 of a point is known only to eps, so that a value (a gradient) of size 1
 * that divides by it carries an error of eps/gap. What a textbook form adds on top is far outside.
 */
#include "hyp/ball_maps.h"
#include "hyp/hyperplane/hyperplane_finish.h"
#include "tests/hyp_reference.h"
#include "tests/test.h"

#include <stdio.h>

enum { N = 64 };

static const char *const names[] = {
    "conformal_factor", "exp_map_zero", "log_map_zero", "mobius_add", "exp_map",
    "log_map",          "distance",     "gyration",     "transport",  "hyperplane_distance",
    "hyperplane_logit",
};

/* Allowed errors of the value and of the gradients, in eps/gap of the case. */
static const double allowed[HYP_FORMULAS][2] = {
    { 4, 8 }, { 4, 8 }, { 4, 8 }, { 4, 8 },  { 4, 8 },  { 4, 8 },
    { 4, 8 }, { 4, 8 }, { 4, 8 }, { 4, 12 }, { 4, 12 },
};

typedef struct Results {
    real value[N], gradient[3][N];
    bool scalar;
} Results;

/* Pattern rows 0 to 5; past these, row 0 turned a little: as row 3 times 2^-4 for row 6, 2^-8 for
 * row 7. */
static real pattern_element(int row, int i) {
    if (row > 5) return pattern_element(0, i) + pattern_element(3, i) / (row == 6 ? 16 : 256);
    return (real)((i * 37 + row * 101 + 17) * 29 % 127 - 63) / 64;
}

static void pattern(int row, real scale, int n, real *x) {
    for (int i = 0; i < n; i++) x[i] = scale * pattern_element(row, i);
}

static Results evaluation_run(const HypCase *test) {
    const int n = test->n;
    const real c = (real)test->c;
    real x[N], y[N], v[N], g[N];
    Results r;
    real work[4 * N];
    pattern(test->rows[0], (real)test->scale[0], n, x);
    pattern(test->rows[1], (real)test->scale[1], n, y);
    pattern(test->rows[2], (real)test->scale[2], n, v);
    pattern(3, 1, n, g);
    const Gradient d[3] = { { r.gradient[0], false },
                            { r.gradient[1], false },
                            { r.gradient[2], false } };
    r.scalar = true;
    switch (test->formula) {
    case HYP_CONFORMAL_FACTOR:
        r.value[0] = ball_conformal_factor(x, n, c);
        ball_conformal_factor_backward(x, n, c, 1, d[0]);
        return r;
    case HYP_DISTANCE:
        r.value[0] = ball_distance(x, y, n, c);
        ball_distance_backward(x, y, n, c, 1, d[0], d[1]);
        return r;
    case HYP_HYPERPLANE_DISTANCE:
    case HYP_HYPERPLANE_LOGIT:
        r.value[0] = hyperplane_single(x, y, v, n, c, test->formula == HYP_HYPERPLANE_LOGIT, 1,
                                       work, d[0], d[1], d[2]);
        return r;
    default:
        break;
    }
    r.scalar = false;
    switch (test->formula) {
    case HYP_EXP_MAP_ZERO:
        ball_exp_map_zero(x, n, c, r.value);
        ball_exp_map_zero_backward(x, n, c, g, d[0]);
        break;
    case HYP_LOG_MAP_ZERO:
        ball_log_map_zero(x, n, c, r.value);
        ball_log_map_zero_backward(x, n, c, g, d[0]);
        break;
    case HYP_MOBIUS_ADD:
        ball_mobius_add(x, y, n, c, r.value);
        ball_mobius_add_backward(x, y, n, c, g, d[0], d[1]);
        break;
    case HYP_EXP_MAP:
        ball_exp_map(x, y, n, c, r.value);
        ball_exp_map_backward(x, y, n, c, g, d[0], d[1]);
        break;
    case HYP_LOG_MAP:
        ball_log_map(x, y, n, c, r.value);
        ball_log_map_backward(x, y, n, c, g, d[0], d[1]);
        break;
    case HYP_GYRATION:
        ball_gyration(x, y, v, n, c, r.value);
        ball_gyration_backward(x, y, v, n, c, g, d[0], d[1], d[2]);
        break;
    case HYP_TRANSPORT:
        ball_transport(x, y, v, n, c, r.value);
        ball_transport_backward(x, y, v, n, c, g, d[0], d[1], d[2]);
        break;
    default:
        CHECK(!"a formula of the table that the test does not know");
    }
    return r;
}

static double inner(const real *x, const real *y, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

/* How far a result is off, relative to its length. A row shows two of its inner products. */
static double error_of(const real *found, int n, bool scalar, const double *expected) {
    real probe[N];
    double off = 0;
    for (int k = 0; k < (scalar ? 1 : 2); k++) {
        pattern(4 + k, 1, n, probe);
        const double product = scalar ? (double)found[0] : inner(found, probe, n);
        const double length = scalar ? 1 : sqrt(inner(probe, probe, n));
        const double size = length * expected[2];
        const double error = fabs(product - expected[k]);
        /* An expected 0 must be met exactly: nothing here is 0 but by symmetry. */
        const double relative = error == 0 ? 0 : error / size;
        if (!(relative <= off)) off = relative;
    }
    return off;
}

TEST(hyp_against_high_precision) {
    static const int inputs[HYP_FORMULAS] = { 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3 };
    double worst[HYP_FORMULAS][2] = { { 0 } };
    int counted[HYP_FORMULAS] = { 0 };
    for (size_t i = 0; i < sizeof hyp_cases / sizeof *hyp_cases; i++) {
        const HypCase *test = &hyp_cases[i];
        const Results r = evaluation_run(test);
        test_case("hyp %s, n %d, c %g, rows %d %d %d, scales %g %g %g", names[test->formula],
                  test->n, test->c, test->rows[0], test->rows[1], test->rows[2], test->scale[0],
                  test->scale[1], test->scale[2]);
        for (int k = 0; k <= inputs[test->formula]; k++) {
            const double unit = REAL_EPSILON / test->gap;
            const real *row = k == 0 ? r.value : r.gradient[k - 1];
            const double off = error_of(row, test->n, k == 0 && r.scalar, test->expected[k]) / unit;
            double *most = &worst[test->formula][k > 0];
            if (!(off <= *most)) *most = off;
            if (!(off <= allowed[test->formula][k > 0]))
                test_fail(__FILE__, __LINE__, "%s %d is off by %.3g eps/gap",
                          k ? "gradient" : "value", k, off);
        }
        counted[test->formula]++;
    }
    printf("   %-20s %6s %28s\n", "formula", "cases", "worst error in eps/gap");
    for (int f = 0; f < HYP_FORMULAS; f++) {
        CHECK(counted[f] > 0);
        printf("   %-20s %6d value %7.2f gradient %7.2f\n", names[f], counted[f], worst[f][0],
               worst[f][1]);
    }
}
