/* The optimisers against PyTorch's; bad gradients, frozen parameters, foreign rules and resumed
 * runs. */
#include "nn/optimiser.h"
#include "tests/optimiser_reference.h"
#include "tests/test.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance = sizeof(real) == sizeof(double) ? 1e-12 : 3e-6;

static const UpdateRule *rule_named(const char *name) {
    const UpdateRule *rules[] = { &rule_sgd, &rule_adam, &rule_adamw };
    for (int i = 0; i < 3; i++)
        if (!strcmp(rules[i]->name, name)) return rules[i];
    return NULL;
}

static OptimiserOptions options_of(const OptimiserReference *reference) {
    return (OptimiserOptions){ reference->momentum, reference->nesterov, reference->beta1,
                               reference->beta2,    reference->epsilon,  reference->weight_decay,
                               reference->clip_norm };
}

static void write_gradient(const Parameter *parameter, int step) {
    for (int i = 0; i < REFERENCE_ELEMENTS; i++)
        parameter->gradient.data[i] =
            (real)(((double)parameter->value.data[i] - reference_target[i]) *
                   (1 + 0.5 * sin(3.0 * step + i)));
}

static Parameter *add_start(ParameterSet *set, const char *name, ParameterKind kind) {
    Parameter *parameter = parameter_add(set, name, kind, shape_1(REFERENCE_ELEMENTS));
    for (int i = 0; i < REFERENCE_ELEMENTS; i++)
        parameter->value.data[i] = (real)reference_start[i];
    return parameter;
}

TEST(nn_optimiser_agrees_with_pytorch) {
    const int count = sizeof optimiser_reference / sizeof *optimiser_reference;
    for (int c = 0; c < count; c++) {
        const OptimiserReference *reference = &optimiser_reference[c];
        test_case("optimiser %s", reference->name);
        ParameterSet *set = parameter_set_create(device_cpu(), 1);
        const Parameter *theta = add_start(set, "theta", PARAMETER_WEIGHT);
        const RuleTable rules = rule_table(rule_named(reference->rule));
        const OptimiserOptions options = options_of(reference);
        Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
        for (int step = 1; step <= REFERENCE_STEPS; step++) {
            write_gradient(theta, step);
            CHECK(optimiser_step(optimiser, reference->learning_rate, NULL));
        }
        for (int i = 0; i < REFERENCE_ELEMENTS; i++)
            CHECK_NEAR(theta->value.data[i], reference->result[i], tolerance);
        CHECK(optimiser->step == REFERENCE_STEPS);
        optimiser_destroy(optimiser);
        parameter_set_destroy(set);
    }
}

TEST(nn_optimiser_decays_weights_alone) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const Parameter *weight = add_start(set, "weight", PARAMETER_WEIGHT);
    const Parameter *bias = add_start(set, "bias", PARAMETER_BIAS);
    const RuleTable rules = rule_table(&rule_adamw);
    OptimiserOptions options = optimiser_options();
    options.weight_decay = 0.5;
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    CHECK(optimiser_step(optimiser, 0.1, NULL)); /* both gradients are zero */
    for (int i = 0; i < REFERENCE_ELEMENTS; i++) {
        CHECK_NEAR(weight->value.data[i], reference_start[i] * 0.95, tolerance);
        CHECK((double)bias->value.data[i] == (double)(real)reference_start[i]);
    }
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

TEST(nn_optimiser_leaves_frozen_parameters_buffers_and_ball_points) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    Parameter *thawed = add_start(set, "head.weight", PARAMETER_WEIGHT);
    Parameter *still[] = { add_start(set, "backbone.weight", PARAMETER_WEIGHT),
                           add_start(set, "point", PARAMETER_BALL_POINT),
                           add_start(set, "mean", PARAMETER_BUFFER) };
    CHECK(parameter_set_freeze(set, "backbone.", true) == 1);
    const RuleTable rules = rule_table(&rule_adam);
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    CHECK(optimiser->state->count == 2);
    for (int i = 0; i < 2; i++) tensor_fill(&still[i]->gradient, (real)NAN); /* never read */
    write_gradient(thawed, 1);
    CHECK(optimiser_step(optimiser, 0.1, NULL));
    CHECK(thawed->value.data[0] != (real)reference_start[0]);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < REFERENCE_ELEMENTS; j++)
            CHECK(still[i]->value.data[j] == (real)reference_start[j]);
    parameter_set_freeze(set, "", false); /* thawed on the way: it gets its moments then */
    write_gradient(thawed, 2);
    write_gradient(still[0], 2);
    CHECK(optimiser_step(optimiser, 0.1, NULL));
    CHECK(still[0]->value.data[0] != (real)reference_start[0] && optimiser->state->count == 4);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

static void check_refused(Optimiser *optimiser, const Parameter *bad, real value) {
    const Parameter *good = optimiser->parameters->items[0];
    const Parameter *moment = optimiser->state->items[0];
    const real before = good->value.data[0], moment_before = moment->value.data[0];
    const int64_t step = optimiser->step;
    Error error = { "" };
    write_gradient(good, 1);
    write_gradient(bad, 1);
    bad->gradient.data[3] = value;
    CHECK(!optimiser_step(optimiser, 0.1, &error));
    CHECK(strstr(error.text, bad->name) && strstr(error.text, "element 3"));
    CHECK(good->value.data[0] == before && moment->value.data[0] == moment_before);
    CHECK(optimiser->step == step);
}

TEST(nn_optimiser_refuses_gradients_that_are_not_finite) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    add_start(set, "good", PARAMETER_WEIGHT);
    Parameter *bad = add_start(set, "bad", PARAMETER_WEIGHT);
    const RuleTable rules = rule_table(&rule_adam);
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    write_gradient(set->items[0], 1);
    CHECK(optimiser_step(optimiser, 0.1, NULL));
    const real values[] = { (real)NAN, (real)INFINITY, (real)-INFINITY };
    for (int i = 0; i < 3; i++) check_refused(optimiser, bad, values[i]);
    bad->gradient.data[3] = (real)1e18; /* large is no reason to refuse */
    CHECK(optimiser_step(optimiser, 0.1, NULL));
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

/* A rule of another room: it forgets all but a count per row, and adds what its context says. */
static void foreign_cpu(const Update *update) {
    const int64_t width = shape_last(&update->shape);
    for (int64_t i = 0; i < shape_elements(&update->shape); i++)
        update->value[i] += *(const real *)update->context;
    for (int64_t i = 0; i < shape_rows(&update->shape); i++) update->moments[0][i] += (real)width;
}

static Shape one_per_row(const Parameter *parameter, int moment) {
    CHECK(moment == 0);
    return shape_1(shape_rows(&parameter->value.shape));
}

TEST(nn_optimiser_takes_a_rule_of_another_room) {
    const real context = (real)0.25;
    const UpdateRule foreign = {
        "foreign", { "row" }, one_per_row, { foreign_cpu, NULL }, &context
    };
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const Parameter *point = parameter_add(set, "point", PARAMETER_BALL_POINT, shape_2(2, 3));
    RuleTable rules = rule_table(&rule_sgd);
    rules.of[PARAMETER_BALL_POINT] = &foreign;
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    CHECK(optimiser_step(optimiser, 1, NULL) && optimiser_step(optimiser, 1, NULL));
    for (int i = 0; i < 6; i++) CHECK(point->value.data[i] == (real)0.5);
    CHECK(optimiser->state->count == 1);
    CHECK(!strcmp(optimiser->state->items[0]->name, "point.row"));
    CHECK(optimiser->state->items[0]->value.data[1] == 6);
    CHECK(shape_elements(&optimiser->state->items[0]->value.shape) == 2);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

/* Two steps over a parameter that fills many blocks, with an odd end. */
static uint64_t bits_after_steps(const UpdateRule *rule, int threads, double *norm) {
    enum { ELEMENTS = 3 * 4096 * 7 + 1001 };
    const int usual = omp_get_max_threads();
    omp_set_num_threads(threads);
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const Parameter *theta = parameter_add(set, "theta", PARAMETER_WEIGHT, shape_1(ELEMENTS));
    const RuleTable rules = rule_table(rule);
    OptimiserOptions options = optimiser_options();
    options.momentum = 0.9;
    options.weight_decay = 0.01;
    options.clip_norm = 1;
    Optimiser *optimiser = optimiser_create(set, &rules, &options, NULL);
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < ELEMENTS; i++) theta->gradient.data[i] = (real)sin(i + 7.0 * step);
        CHECK(optimiser_step(optimiser, 0.1, NULL));
    }
    uint64_t hash = 1;
    const unsigned char *bytes = (const unsigned char *)theta->value.data;
    for (size_t i = 0; i < tensor_bytes(&theta->value); i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    *norm = optimiser_gradient_norm(optimiser);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
    omp_set_num_threads(usual);
    return hash;
}

TEST(nn_optimiser_same_bits_for_any_number_of_threads) {
    const UpdateRule *rules[] = { &rule_sgd, &rule_adam, &rule_adamw };
    double expected = 0, norm;
    for (int i = 0; i < 3 * 4096 * 7 + 1001; i++) expected += sin(i + 7.0) * sin(i + 7.0);
    for (int i = 0; i < 3; i++) {
        const uint64_t hash = bits_after_steps(rules[i], 1, &norm);
        CHECK_NEAR(norm, sqrt(expected), tolerance);
        for (int threads = 2; threads <= 3; threads++)
            CHECK(bits_after_steps(rules[i], threads, &norm) == hash);
    }
}
