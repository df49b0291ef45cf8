/* A Riemannian step ends at most at the radius of a ball-valued parameter, however long the step;
 * on every device of this program. */
#include "hyp/riemannian.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 4, N = 3 };

static const double boundary = sizeof(real) == sizeof(double) ? 1 - 1e-5 : 1 - 4e-3;

TEST(hyp_parameter_radius_by_its_value) {
    const real curvatures[] = { (real)0.01, (real)0.25, 1, 4 };
    for (int i = 0; i < 4; i++) {
        const double root = sqrt((double)curvatures[i]);
        CHECK(fabs((double)ball_parameter_radius(curvatures[i]) * root - boundary) <=
              4 * REAL_EPSILON);
    }
}

/* At, inside and outside it: the projection keeps what is inside, to the bit. */
TEST(hyp_projection_ends_at_the_parameter_radius) {
    const double norms[] = { 0, 0.5, 0.99 * boundary, boundary * (1 + 1e-3), 5, 1e15 };
    for (int i = 0; i < 6; i++) {
        real x[N], before[N];
        for (int j = 0; j < N; j++)
            before[j] = x[j] =
                (real)(norms[i] * (j == 1 ? -0.6 : 0) + norms[i] * (j == 2 ? 0.8 : 0)) / 2;
        ball_project(x, N, 4);
        if (norms[i] < boundary) CHECK(!memcmp(x, before, sizeof x));
        const double expected = norms[i] < boundary ? norms[i] : boundary;
        CHECK(fabs((double)row_norm(x, N) * 2 - expected) <= 8 * REAL_EPSILON);
        if (norms[i] > 0) CHECK(fabs((double)(x[1] / x[2]) + 0.75) <= 8 * REAL_EPSILON);
    }
}

/* One step of every row from `start` against its gradient. */
static void step_from(const Device *device, const char *rule_name, real c, const real *start,
                      const real *gradient, double rate, real *end) {
    ParameterSet *set = parameter_set_create(device, 1);
    Parameter *points = parameter_add(set, "points", PARAMETER_BALL_POINT, shape_2(ROWS, N));
    const UpdateRule rule =
        !strcmp(rule_name, "sgd") ? rule_riemannian_sgd(&c) : rule_riemannian_adam(&c);
    RuleTable rules = rule_table(&rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &rule;
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    tensor_upload(&points->value, start);
    tensor_upload(&points->gradient, gradient);
    CHECK(optimiser_step(optimiser, rate, NULL));
    for (int i = 0; i < optimiser->state->count; i++) { /* no moment has left the numbers */
        const Tensor *moment = &optimiser->state->items[i]->value;
        real values[ROWS * N];
        tensor_download(moment, values);
        for (int64_t j = 0; j < shape_elements(&moment->shape); j++)
            CHECK(fabs((double)values[j]) <= (double)REAL_MAX);
    }
    tensor_download(&points->value, end);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

/* Where exp_p(-t g) goes as t grows: p (+) -g/(sc|g|), a point of the boundary; in double. */
static void far_end(const real *p, const real *g, double c, double *end) {
    double pp = 0, pv = 0, length = 0, v[N];
    for (int i = 0; i < N; i++) length = fmax(length, fabs((double)g[i]));
    double square = 0;
    for (int i = 0; i < N; i++) square += (double)g[i] / length * ((double)g[i] / length);
    for (int i = 0; i < N; i++) v[i] = -(double)g[i] / length / sqrt(square * c);
    for (int i = 0; i < N; i++) pp += (double)p[i] * (double)p[i], pv += (double)p[i] * v[i];
    for (int i = 0; i < N; i++) /* c|v|^2 = 1 */
        end[i] =
            ((2 + 2 * c * pv) * (double)p[i] + (1 - c * pp) * v[i]) / (1 + 2 * c * pv + c * pp);
}

static void check_far_step(const Device *device, const char *rule, real c, double size) {
    const double unit = 1 / sqrt((double)c);
    real start[ROWS * N] = { 0 }, gradient[ROWS * N], end[ROWS * N];
    for (int i = 0; i < N; i++) {
        const double g[N] = { 1, -2, 2 };
        start[1 * N + i] = (real)(0.2 * unit * g[i]);  /* outwards along its ray */
        start[2 * N + i] = (real)(-0.2 * unit * g[i]); /* through the origin */
        start[3 * N + i] = (real)(0.1 * unit * (i + 1));
        for (int row = 0; row < ROWS; row++) gradient[row * N + i] = (real)(-size * g[i]);
    }
    step_from(device, rule, c, start, gradient, 1e5, end);
    for (int row = 0; row < ROWS; row++) {
        double expected[N];
        far_end(start + row * N, gradient + row * N, (double)c, expected);
        for (int i = 0; i < N; i++)
            CHECK(fabs((double)end[row * N + i] - boundary * expected[i]) <=
                  100 * REAL_EPSILON * unit);
    }
}

/* Gradients as large as the numbers hold: squared, they would not. */
TEST(hyp_the_longest_step_ends_at_the_parameter_radius) {
    const char *const rules[] = { "sgd", "adam" };
    const double sizes[] = { 1, 1e10, 1e20, 1e30 };
    const Device *device;
    char name[64];
    for (int k = 0; k < 8; k++) {
        snprintf(name, sizeof name, "the longest step of %s, gradients of %g", rules[k % 2],
                 sizes[k / 2]);
        for (int i = 0; (device = next_device(&i, name));) {
            check_far_step(device, rules[k % 2], 1, sizes[k / 2]);
            check_far_step(device, rules[k % 2], (real)0.25, sizes[k / 2]);
        }
    }
}
