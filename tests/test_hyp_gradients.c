/* Every formula of the Poincare ball, in one table: its gradient against differences; the fused
 * hyperplane form against the plain one; NaN inputs give NaN; huge or boundary inputs give finite
 * values and gradients. */
#include "hyp/ball_maps.h"
#include "hyp/hyperplane/hyperplane_finish.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <string.h>

enum { N = 5 };

/* One formula of up to three rows; out has `outputs` numbers. g, gradients: as in hyp/ball.h. */
typedef struct Formula {
    const char *name;
    int inputs, outputs;
    unsigned tangents; /* inputs that need not lie in the ball, as bits */
    void (*value)(real (*in)[N], real c, real *out);
    void (*backward)(real (*in)[N], real c, const real *g, const Gradient *d);
} Formula;

static void conformal_factor(real (*in)[N], real c, real *out) {
    *out = ball_conformal_factor(in[0], N, c);
}

static void conformal_factor_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_conformal_factor_backward(in[0], N, c, *g, d[0]);
}

static void exp_zero(real (*in)[N], real c, real *out) {
    ball_exp_map_zero(in[0], N, c, out);
}

static void exp_zero_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_exp_map_zero_backward(in[0], N, c, g, d[0]);
}

static void log_zero(real (*in)[N], real c, real *out) {
    ball_log_map_zero(in[0], N, c, out);
}

static void log_zero_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_log_map_zero_backward(in[0], N, c, g, d[0]);
}

static void clip(real (*in)[N], real c, real *out) {
    ball_clip(in[0], N, 1 / (2 * sqrt(c)), out);
}

static void clip_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_clip_backward(in[0], N, 1 / (2 * sqrt(c)), g, d[0]);
}

static void add(real (*in)[N], real c, real *out) {
    ball_mobius_add(in[0], in[1], N, c, out);
}

static void add_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_mobius_add_backward(in[0], in[1], N, c, g, d[0], d[1]);
}

static void exp_x(real (*in)[N], real c, real *out) {
    ball_exp_map(in[0], in[1], N, c, out);
}

static void exp_x_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_exp_map_backward(in[0], in[1], N, c, g, d[0], d[1]);
}

static void log_x(real (*in)[N], real c, real *out) {
    ball_log_map(in[0], in[1], N, c, out);
}

static void log_x_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_log_map_backward(in[0], in[1], N, c, g, d[0], d[1]);
}

static void distance(real (*in)[N], real c, real *out) {
    *out = ball_distance(in[0], in[1], N, c);
}

static void distance_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_distance_backward(in[0], in[1], N, c, *g, d[0], d[1]);
}

static void gyrate(real (*in)[N], real c, real *out) {
    ball_gyration(in[0], in[1], in[2], N, c, out);
}

static void gyrate_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_gyration_backward(in[0], in[1], in[2], N, c, g, d[0], d[1], d[2]);
}

static void transport(real (*in)[N], real c, real *out) {
    ball_transport(in[0], in[1], in[2], N, c, out);
}

static void transport_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    ball_transport_backward(in[0], in[1], in[2], N, c, g, d[0], d[1], d[2]);
}

static void plane_plain(real (*in)[N], real c, real *out) {
    real work[2 * N];
    *out = hyperplane_distance_plain(in[0], in[1], in[2], N, c, work);
}

static void plane_plain_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    real work[4 * N], of[3][N];
    hyperplane_distance_plain_backward(in[0], in[1], in[2], N, c, *g, work, of[0], of[1], of[2]);
    for (int k = 0; k < 3; k++)
        for (int i = 0; d[k].data && i < N; i++) gradient_store(d[k], i, of[k][i]);
}

static void plane_fused(real (*in)[N], real c, real *out) {
    const Gradient none = { NULL, false };
    real work[4 * N];
    *out = hyperplane_single(in[0], in[1], in[2], N, c, false, 0, work, none, none, none);
}

static void plane_fused_back(real (*in)[N], real c, const real *g, const Gradient *d) {
    real work[4 * N];
    hyperplane_single(in[0], in[1], in[2], N, c, false, *g, work, d[0], d[1], d[2]);
}

static const Formula formulas[] = {
    { "conformal factor", 1, 1, 0, conformal_factor, conformal_factor_back },
    { "exp at 0", 1, N, 1, exp_zero, exp_zero_back },
    { "log at 0", 1, N, 0, log_zero, log_zero_back },
    { "clip", 1, N, 1, clip, clip_back },
    { "mobius add", 2, N, 0, add, add_back },
    { "exp", 2, N, 2, exp_x, exp_x_back },
    { "log", 2, N, 0, log_x, log_x_back },
    { "distance", 2, 1, 0, distance, distance_back },
    { "gyration", 3, N, 4, gyrate, gyrate_back },
    { "transport", 3, N, 4, transport, transport_back },
    { "plain hyperplane", 3, 1, 5, plane_plain, plane_plain_back },
    { "fused hyperplane", 3, 1, 5, plane_fused, plane_fused_back },
};
enum { FORMULAS = sizeof formulas / sizeof *formulas };

static const double curvatures[] = { 0.001, 0.01, 0.5, 1, 4 };

/* A row of sc|x| = radius, in a random direction. */
static void random_row(Random *random, double radius, double c, real *x) {
    double square = 0, row[N];
    for (int i = 0; i < N; i++) {
        row[i] = random_normal(random);
        square += row[i] * row[i];
    }
    for (int i = 0; i < N; i++) x[i] = (real)(row[i] * radius / sqrt(square * c));
}

static double difference(const real *x, const real *y) {
    return sqrt((double)row_sum_square(x, -1, y, N));
}

/* The gradient of <g, f> against central differences of step 1e-5/sc, in units of its own size. */
static void check_gradient(const Formula *formula, real (*in)[N], double c, const real *g) {
    real gradient[3][N], high[N], low[N];
    const Gradient d[3] = { { gradient[0], false },
                            { gradient[1], false },
                            { gradient[2], false } };
    formula->backward(in, (real)c, g, d);
    const double h = 1e-5 / sqrt(c);
    for (int k = 0; k < formula->inputs; k++) {
        double worst = 0, scale = 1e-30;
        for (int i = 0; i < N; i++) {
            const real x = in[k][i];
            in[k][i] = (real)((double)x + h);
            formula->value(in, (real)c, high);
            in[k][i] = (real)((double)x - h);
            formula->value(in, (real)c, low);
            in[k][i] = x;
            double expected = 0;
            for (int j = 0; j < formula->outputs; j++)
                expected += (double)g[j] * ((double)high[j] - (double)low[j]) / (2 * h);
            scale = fmax(scale, fabs(expected));
            const double off = fabs((double)gradient[k][i] - expected);
            worst = test_worse(worst, off);
        }
        CHECK(worst <= 1e-6 * scale);
    }
}

TEST(hyp_gradients_agree_with_differences) {
    if (sizeof(real) != sizeof(double)) return;
    const double radii[][2] = { { 0.005, 0.3 }, { 0.3, 0.02 }, { 0.7, 0.85 }, { 0.9, 0.6 } };
    for (int f = 0; f < FORMULAS; f++) {
        test_case("hyp gradient of %s", formulas[f].name);
        for (int k = 0; k < 20; k++) {
            Random random = random_stream(11, (uint64_t)f, (uint64_t)k, 0);
            const double c = curvatures[k % 5];
            real in[3][N], g[N];
            for (int i = 0; i < 3; i++)
                random_row(&random,
                           i == 2 ? 1 : radii[k / 5][i] * (formulas[f].tangents >> i & 1 ? 2 : 1),
                           c, in[i]);
            for (int i = 0; i < N; i++) g[i] = (real)random_between(&random, -1, 1);
            check_gradient(&formulas[f], in, c, g);
        }
    }
}

TEST(hyp_gradients_accumulate_and_can_be_left_out) {
    for (int f = 0; f < FORMULAS; f++) {
        test_case("hyp gradient of %s, accumulated", formulas[f].name);
        Random random = random_stream(12, (uint64_t)f, 0, 0);
        real in[3][N], g[N], once[3][N], twice[3][N];
        for (int i = 0; i < 3; i++) random_row(&random, 0.6, 1, in[i]);
        for (int i = 0; i < N; i++) g[i] = (real)random_between(&random, -1, 1);
        Gradient d[3];
        for (int k = 0; k < 3; k++) d[k] = (Gradient){ once[k], false };
        formulas[f].backward(in, 1, g, d);
        memcpy(twice, once, sizeof once);
        for (int k = 0; k < formulas[f].inputs; k++) {
            const Gradient alone[3] = { { k == 0 ? twice[0] : NULL, true },
                                        { k == 1 ? twice[1] : NULL, true },
                                        { k == 2 ? twice[2] : NULL, true } };
            formulas[f].backward(in, 1, g, alone);
            for (int i = 0; i < N; i++)
                CHECK_NEAR(twice[k][i], 2 * (double)once[k][i], 4 * (double)REAL_EPSILON);
        }
    }
}

TEST(hyp_curvature_gradient_of_exp) {
    if (sizeof(real) != sizeof(double)) return;
    const double sizes[] = { 1e-4, 0.3, 0.9, 1.1, 4, 9 };
    for (int k = 0; k < 30; k++) {
        Random random = random_stream(13, (uint64_t)k, 0, 0);
        const double c = curvatures[k % 5], h = 1e-5 * c;
        real u[N], g[N], high[N], low[N];
        random_row(&random, sizes[k / 5], c, u);
        random_row(&random, 1, 1, g);
        ball_exp_map_zero(u, N, (real)(c + h), high);
        ball_exp_map_zero(u, N, (real)(c - h), low);
        double expected = 0;
        for (int i = 0; i < N; i++) expected += (double)(g[i] * (high[i] - low[i])) / (2 * h);
        const double found = (double)ball_exp_map_zero_curvature(u, N, (real)c, g);
        CHECK(fabs(found - expected) <= 1e-7 * fmax(1 / c, fabs(expected)));
    }
}

TEST(hyp_fused_hyperplane_equals_the_plain_form) {
    const double limit = sizeof(real) == sizeof(double) ? 1e-12 : 2e-4;
    for (int k = 0; k < 50; k++) {
        Random random = random_stream(18, (uint64_t)k, 0, 0);
        const double c = curvatures[k % 5], size = pow(10, -3 + 0.35 * (k / 5));
        real in[3][N], fused, plain, one = 1, of_fused[3][N], of_plain[3][N];
        random_row(&random, size, c, in[0]);
        random_row(&random, 0.7, c, in[1]);
        random_row(&random, 3, c, in[2]);
        plane_fused(in, (real)c, &fused);
        plane_plain(in, (real)c, &plain);
        CHECK_NEAR((double)fused * sqrt(c), (double)plain * sqrt(c), limit);
        Gradient d[3], e[3];
        for (int i = 0; i < 3; i++) {
            d[i] = (Gradient){ of_fused[i], false };
            e[i] = (Gradient){ of_plain[i], false };
        }
        plane_fused_back(in, (real)c, &one, d);
        plane_plain_back(in, (real)c, &one, e);
        for (int i = 0; i < 3; i++)
            CHECK(difference(of_fused[i], of_plain[i]) <= limit * (double)row_norm(of_plain[i], N));
    }
}

TEST(hyp_nan_in_gives_nan_out) {
    for (int f = 0; f < FORMULAS; f++) {
        test_case("hyp %s of a NaN", formulas[f].name);
        for (int k = 0; k < formulas[f].inputs; k++) {
            Random random = random_stream(19, (uint64_t)f, (uint64_t)k, 0);
            real in[3][N], out[N], g[N], gradient[3][N];
            for (int i = 0; i < 3; i++) random_row(&random, 0.5, 1, in[i]);
            random_row(&random, 1, 1, g);
            in[k][3] = (real)NAN;
            formulas[f].value(in, 1, out);
            bool found = false;
            for (int i = 0; i < formulas[f].outputs; i++) found |= out[i] != out[i];
            CHECK(found);
            /* linear in v: no gradient of v depends on v */
            found = formulas[f].inputs == 3 && k == 2 && formulas[f].outputs == N;
            const Gradient d[3] = { { gradient[0], false },
                                    { gradient[1], false },
                                    { gradient[2], false } };
            formulas[f].backward(in, 1, g, d);
            for (int i = 0; i < N; i++) found |= gradient[k][i] != gradient[k][i];
            CHECK(found);
        }
    }
}

/* Inputs far outside what the geometry can represent: points that rounding has put on the boundary,
 * tangent vectors of enormous length, zeros. */
TEST(hyp_extreme_inputs_give_finite_results) {
    const double lengths[] = { 0, 1e-30, 1e-12, 30, 1e4, 1e15, 1e30 };
    for (int f = 0; f < FORMULAS; f++) {
        test_case("hyp %s of extreme inputs", formulas[f].name);
        for (int k = 0; k < 7 * 4; k++) {
            Random random = random_stream(20, (uint64_t)f, (uint64_t)k, 0);
            const real c = (real)curvatures[k % 4];
            real in[3][N], out[N], g[N], gradient[3][N] = { { 0 } };
            for (int i = 0; i < 3; i++) {
                random_row(&random, formulas[f].tangents >> i & 1 ? lengths[k / 4] : 1, (double)c,
                           in[i]);
                /* no point inside is nearer to the boundary than its rounding */
                if (!(formulas[f].tangents >> i & 1) && k % 2)
                    ball_clip(in[i], N, (1 - REAL_EPSILON) / sqrt(c), in[i]);
            }
            if (formulas[f].value == plane_plain && lengths[k / 4] > 1) continue;
            random_row(&random, 1, 1, g);
            if (strstr(formulas[f].name,
                       "hyperplane")) { /* a normal has a length; p is a parameter */
                random_row(&random, 1, 1, in[2]);
                ball_project(in[1], N, c);
            }
            const Gradient d[3] = { { gradient[0], false },
                                    { gradient[1], false },
                                    { gradient[2], false } };
            formulas[f].value(in, c, out);
            formulas[f].backward(in, c, g, d);
            bool finite = true;
            for (int i = 0; i < formulas[f].outputs; i++) finite &= isfinite(out[i]) != 0;
            for (int i = 0; i < 3 * N; i++) finite &= isfinite(gradient[i / N][i % N]) != 0;
            if (!finite)
                test_fail(__FILE__, __LINE__, "length %g, c %g", lengths[k / 4], (double)c);
        }
    }
}

/* The gradient at a = b, at 0 and on the boundary does not vanish for want of a clamp. */
TEST(hyp_gradients_survive_the_boundary) {
    const real c = 1, u[2] = { 20, 0 }, across[2] = { 0, 1 }, along[2] = { 1, 0 };
    real du[2], y[2], in[3][N] = { { 0 } };
    const Gradient d = { du, false };
    ball_exp_map_zero(u, 2, c, y);
    CHECK_NEAR(y[0], 1, REAL_EPSILON);
    ball_exp_map_zero_backward(u, 2, c, across, d);
    CHECK_NEAR(du[1] * 20, 1, 4 * (double)REAL_EPSILON);
    ball_exp_map_zero_backward(u, 2, c, along, d);
    CHECK_NEAR((double)du[0] / (4 * exp(-40.0)), 1, 100 * (double)REAL_EPSILON);
    /* the logit of a far u still pulls: asinh grows like 2 sc|u| */
    in[0][0] = 300;
    in[2][0] = 1;
    real gradient[3][N], one = 1, out;
    const Gradient all[3] = { { gradient[0], false },
                              { gradient[1], false },
                              { gradient[2], false } };
    plane_fused(in, c, &out);
    plane_fused_back(in, c, &one, all);
    CHECK_NEAR(out, 600, 4 * (double)REAL_EPSILON);
    CHECK_NEAR(gradient[0][0], 2, 4 * (double)REAL_EPSILON);
}

/* Beyond HYPERPLANE_FAR, on a hyperplane and beside it: its output comes from log|s| there, which
 * is -inf, or has not the sign of asinh. p = 0, a = e_1: s = 2 sinh(t)/t u_1 with sc = 1. */
TEST(hyp_hyperplane_rows_beyond_far) {
    const double t = 50, sinhc = sinh(50.0) / 50;
    const double heights[] = { 0, 1e-20, -1e-20, 1e-24, 1e-13 };
    for (int k = 0; k < 5; k++) {
        real in[3][N] = { { (real)heights[k], (real)(t / 2) }, { 0 }, { 3 } };
        real out, gradient[3][N], one = 1;
        const Gradient d[3] = { { gradient[0], false },
                                { gradient[1], false },
                                { gradient[2], false } };
        plane_fused(in, 1, &out);
        plane_fused_back(in, 1, &one, d);
        const double s = 2 * sinhc * (double)in[0][0], of_height = 2 * sinhc / sqrt(1 + s * s);
        test_case("hyp hyperplane, t = 50, height %g", heights[k]);
        CHECK_NEAR(out, asinh(s), 100 * (double)REAL_EPSILON * fmax(1e-4, fabs(asinh(s))));
        if (k == 0 && gradient[0][0] == 0) continue; /* or no direction is taken */
        CHECK_NEAR((double)gradient[0][0] / of_height, 1, 100 * (double)REAL_EPSILON);
    }
}

/* Where the length alone changes, and is cut off, nothing is left. */
TEST(hyp_clip_on_a_line_has_no_gradient) {
    for (int k = 1; k < 50; k++) {
        const real x = (real)k * (real)0.37, g = (real)k / 7;
        real dx = 1;
        const Gradient d = { &dx, false };
        ball_clip_backward(&x, 1, (real)0.3, &g, d);
        CHECK(dx == 0);
    }
}
