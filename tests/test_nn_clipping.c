/* Clipping by the norm of all gradients together: the factor, and no scaling up; on every device of
 * this program. */
#include "nn/optimiser.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

enum { PARAMETERS = 2, ELEMENTS = 3 };

/* Steps of SGD at rate 1 from zero show the gradient, as scaled, with the other sign. Two
 * parameters, of norms 3 and 4 times `size`. */
static void step_with(const Device *device, double size, double limit,
                      real moved[PARAMETERS][ELEMENTS]) {
    const real unit[PARAMETERS][ELEMENTS] = { { 1, 2, -2 }, { 0, -4, 0 } };
    ParameterSet *set = parameter_set_create(device, 1);
    Parameter *parameter[PARAMETERS];
    for (int i = 0; i < PARAMETERS; i++) {
        real gradient[ELEMENTS];
        parameter[i] =
            parameter_add(set, i ? "second" : "first", PARAMETER_WEIGHT, shape_1(ELEMENTS));
        for (int j = 0; j < ELEMENTS; j++) gradient[j] = (real)(size * (double)unit[i][j]);
        tensor_upload(&parameter[i]->gradient, gradient);
    }
    const RuleTable rules = rule_table(&rule_sgd);
    OptimiserOptions options = optimiser_options();
    options.clip_norm = limit;
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    CHECK(optimiser_step(optimiser, 1, NULL));
    CHECK_NEAR(optimiser_gradient_norm(optimiser) / size, 5, 8 * REAL_EPSILON);
    for (int i = 0; i < PARAMETERS; i++) {
        tensor_download(&parameter[i]->value, moved[i]);
        for (int j = 0; j < ELEMENTS; j++)
            moved[i][j] = (real)(-(double)moved[i][j] / (size * ((double)unit[i][j] + 1e-300)));
    }
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

/* Whether every gradient that is not zero was scaled by this factor (but for PyTorch's 1e-6 beside
 * the norm). */
static void check_scaled(const Device *device, double size, double limit, double share) {
    const double factor = share < 1 ? share / (1 + 1e-6 / (5 * size)) : 1;
    real moved[PARAMETERS][ELEMENTS];
    step_with(device, size, limit, moved);
    for (int j = 0; j < ELEMENTS; j++) CHECK_NEAR((double)moved[0][j], factor, 8 * REAL_EPSILON);
    CHECK_NEAR((double)moved[1][1], factor, 8 * REAL_EPSILON);
    CHECK(moved[1][0] == 0 && moved[1][2] == 0);
}

TEST(clipping_scales_down_and_never_up) {
    const Device *device;
    for (int i = 0; (device = next_device(&i, "clipping"));) {
        check_scaled(device, 1, 0, 1);       /* no limit */
        check_scaled(device, 1, 0.5, 0.1);   /* ten times too long, the two together */
        check_scaled(device, 1000, 5, 1e-3); /* far too long */
        check_scaled(device, 1, 5.001, 1);   /* just short enough */
        check_scaled(device, 1, 4.5, 0.9);   /* neither of the two is too long alone */
        check_scaled(device, 1, 1e6, 1);     /* far too short to be touched */
        check_scaled(device, 1e-6, 1, 1);
    }
}
