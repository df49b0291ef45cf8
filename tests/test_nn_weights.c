/* Parameter sets to files and back: layout, strict and partial loading, prefixes, and an optimiser
 * that resumes exactly. */
#include "nn/filter_layout.h"
#include "nn/initialise.h"
#include "nn/optimiser.h"
#include "nn/safetensors.h"
#include "nn/weights.h"
#include "tests/safetensors_fixtures.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static const char *path_in_new_folder(void) {
    static char path[128];
    snprintf(path, sizeof path, "%s/w.safetensors", test_folder());
    return path;
}

static const char *fixture_path(void) {
    const char *path = path_in_new_folder();
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(fixture_float32, 1, sizeof fixture_float32, file));
    if (file) fclose(file);
    return path;
}

/* The model whose weights fixture_float32 holds: conv.weight is 2x3x2x2 in the file. */
static ParameterSet *fixture_set(const char *prefix, int64_t outputs) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    char name[64];
    snprintf(name, sizeof name, "%sconv.weight", prefix);
    parameter_add(set, name, PARAMETER_WEIGHT, shape_4(outputs, 2, 2, 3));
    snprintf(name, sizeof name, "%sconv.bias", prefix);
    parameter_add(set, name, PARAMETER_BIAS, shape_1(2));
    return set;
}

static void check_fixture_weight(const Parameter *weight) {
    for (int out = 0; out < 2; out++)
        for (int row = 0; row < 2; row++)
            for (int column = 0; column < 2; column++)
                for (int in = 0; in < 3; in++)
                    CHECK(weight->value.data[((out * 2 + row) * 2 + column) * 3 + in] ==
                          ((out * 3 + in) * 2 + row) * 2 + column);
}

TEST(nn_weights_load_turns_filters) {
    ParameterSet *set = fixture_set("", 2);
    const WeightsOptions strict = { 0 };
    Metadata metadata = { 0 };
    WeightsReport report = { 0 };
    metadata_set(&metadata, "old", "gone");
    CHECK(weights_load(set, fixture_path(), &strict, &metadata, &report, NULL));
    check_fixture_weight(set->items[0]);
    CHECK(set->items[1]->value.data[0] == (real)0.5 && set->items[1]->value.data[1] == -2);
    CHECK(report.loaded == 2 && report.line_count == 0); /* num_batches_tracked is passed over */
    CHECK(metadata.count == 1 && !strncmp(metadata_get(&metadata, "classes"), "a,", 2));
    metadata_release(&metadata);
    weights_report_release(&report);
    parameter_set_destroy(set);
}

TEST(nn_weights_load_strict_changes_nothing_on_failure) {
    ParameterSet *set = fixture_set("", 3); /* another shape */
    parameter_add(set, "fc.weight", PARAMETER_WEIGHT, shape_2(4, 5));
    const WeightsOptions strict = { 0 };
    Metadata metadata = { 0 };
    WeightsReport report = { 0 };
    Error error = { "" };
    CHECK(!weights_load(set, fixture_path(), &strict, &metadata, &report, &error));
    CHECK(strstr(error.text, "w.safetensors: 1 parameters missing, 0 unexpected, 1 mismatched"));
    CHECK(report.line_count == 2 && report.counts[WEIGHTS_MISSING] == 1);
    CHECK(!strcmp(report.lines[0],
                  "mismatched: 'conv.weight' is [2,3,2,2] of F32; expected [3,3,2,2]"));
    CHECK(!strcmp(report.lines[1], "missing: 'fc.weight' [4,5]"));
    CHECK(set->items[1]->value.data[0] == 0 && metadata.count == 0);
    weights_report_release(&report);
    parameter_set_destroy(set);
}

TEST(nn_weights_load_partial_takes_what_fits) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    parameter_add(set, "conv.bias", PARAMETER_BIAS, shape_1(2));
    const Parameter *extra = parameter_add(set, "extra", PARAMETER_BUFFER, shape_1(1));
    tensor_fill(&extra->value, 9);
    const WeightsOptions partial = { .partial = true };
    WeightsReport report = { 0 };
    CHECK(weights_load(set, fixture_path(), &partial, NULL, &report, NULL));
    CHECK(set->items[0]->value.data[1] == -2 && extra->value.data[0] == 9);
    CHECK(report.loaded == 1 && report.line_count == 2);
    CHECK(!strcmp(report.lines[0], "missing: 'extra' [1]"));
    CHECK(!strcmp(report.lines[1], "unexpected: 'conv.weight' [2,3,2,2]"));
    CHECK(report.counts[WEIGHTS_UNEXPECTED] == 1 && report.counts[WEIGHTS_MISMATCHED] == 0);
    weights_report_release(&report);
    parameter_set_destroy(set);
}

TEST(nn_weights_load_maps_prefixes) {
    ParameterSet *set = fixture_set("backbone.", 2);
    parameter_add(set, "head.weight", PARAMETER_WEIGHT, shape_1(3)); /* not the file's business */
    const WeightsOptions whole = { .set_prefix = "backbone." };
    CHECK(weights_load(set, fixture_path(), &whole, NULL, NULL, NULL));
    check_fixture_weight(set->items[0]);
    parameter_set_destroy(set);

    set = parameter_set_create(device_cpu(), 1);
    parameter_add(set, "weight", PARAMETER_WEIGHT, shape_4(2, 2, 2, 3));
    parameter_add(set, "bias", PARAMETER_WEIGHT, shape_1(2));
    const WeightsOptions part = { .file_prefix = "conv." };
    CHECK(weights_load(set, fixture_path(), &part, NULL, NULL, NULL));
    check_fixture_weight(set->items[0]);
    parameter_set_destroy(set);
}

/* Of the right size alone is not enough: [6] is not [6,1], and 16-bit integers are not read. */
TEST(nn_weights_load_refuses_other_ranks_and_types) {
    const char *path = path_in_new_folder();
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(fixture_integers, 1, sizeof fixture_integers, file));
    if (file) fclose(file);
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    parameter_add(set, "int64", PARAMETER_BIAS, shape_2(2, 1));
    parameter_add(set, "int16", PARAMETER_BIAS, shape_1(1));
    parameter_add(set, "float64", PARAMETER_BIAS, shape_0());
    const WeightsOptions partial = { .partial = true };
    WeightsReport report = { 0 };
    CHECK(weights_load(set, path, &partial, NULL, &report, NULL) && report.loaded == 0);
    CHECK(report.counts[WEIGHTS_MISMATCHED] == 3);
    CHECK(!strcmp(report.lines[0], "mismatched: 'int64' is [2] of I64; expected [2,1]"));
    CHECK(!strcmp(report.lines[1], "mismatched: 'int16' is [1] of I16; expected [1]"));
    weights_report_release(&report);
    parameter_set_destroy(set);
}

TEST(nn_weights_round_trip) {
    const Shape shapes[] = { shape_4(3, 5, 2, 7),
                             shape_4(1, 1, 1, 1),
                             shape_4(4, 3, 3, 1),
                             shape_2(6, 11),
                             shape_1(13),
                             shape_3(2, 3, 4),
                             shape_0() };
    ParameterSet *sets[2];
    for (int s = 0; s < 2; s++) {
        sets[s] = parameter_set_create(device_cpu(), 1);
        for (int i = 0; i < 7; i++) {
            const Parameter *parameter =
                parameter_add(sets[s], parameter_name_index("p", i).text,
                              i == 4 ? PARAMETER_BUFFER : PARAMETER_WEIGHT, shapes[i]);
            if (s == 0) initialise_normal(parameter, 3, 1);
        }
    }
    const char *path = path_in_new_folder();
    const WeightsOptions strict = { 0 };
    CHECK(weights_save(sets[0], path, NULL, NULL));
    CHECK(weights_load(sets[1], path, &strict, NULL, NULL, NULL));
    for (int i = 0; i < 7; i++)
        CHECK(!memcmp(sets[0]->items[i]->value.data, sets[1]->items[i]->value.data,
                      tensor_bytes(&sets[0]->items[i]->value)));
    SafetensorsFile *file = safetensors_open(path, NULL);
    const SafetensorsEntry *entry = file ? safetensors_find(file, "p.0") : NULL;
    CHECK(entry && entry->size[1] == 7 && entry->size[2] == 5 && entry->size[3] == 2);
    safetensors_close(file);
    parameter_set_destroy(sets[0]);
    parameter_set_destroy(sets[1]);
}

/* ---- Resuming ---- */

static void take_steps(ParameterSet *set, Optimiser *optimiser, int first, int last) {
    for (int step = first; step < last; step++) {
        for (int i = 0; i < set->count; i++)
            for (int64_t j = 0; j < shape_elements(&set->items[i]->value.shape); j++)
                set->items[i]->gradient.data[j] =
                    (real)(sin(step * 3.0 + (double)j) + (double)set->items[i]->value.data[j]);
        CHECK(optimiser_step(optimiser, 0.05 / (1 + step), NULL));
    }
}

TEST(nn_optimiser_resumes_bit_for_bit) {
    const UpdateRule *rules[] = { &rule_sgd, &rule_adam, &rule_adamw };
    for (int r = 0; r < 3; r++) {
        const RuleTable table = rule_table(rules[r]);
        OptimiserOptions options = optimiser_options();
        options.momentum = 0.9;
        test_case("optimiser %s resumes", rules[r]->name);
        ParameterSet *straight = fixture_set("", 2), *resumed = fixture_set("", 2);
        Optimiser *one = optimiser_create(straight, &table, &options, NULL);
        Optimiser *two = optimiser_create(resumed, &table, &options, NULL);
        const WeightsOptions strict = { 0 };
        char weights[128], state[128];
        snprintf(weights, sizeof weights, "%s", path_in_new_folder());
        snprintf(state, sizeof state, "%s", path_in_new_folder());
        take_steps(straight, one, 0, 5);
        CHECK(weights_save(straight, weights, NULL, NULL) && optimiser_save(one, state, NULL));
        CHECK(weights_load(resumed, weights, &strict, NULL, NULL, NULL));
        CHECK(optimiser_load(two, state, NULL) && two->step == 5);
        take_steps(straight, one, 5, 9);
        take_steps(resumed, two, 5, 9);
        for (int i = 0; i < 2; i++)
            CHECK(!memcmp(straight->items[i]->value.data, resumed->items[i]->value.data,
                          tensor_bytes(&straight->items[i]->value)));
        optimiser_destroy(one);
        optimiser_destroy(two);
        parameter_set_destroy(straight);
        parameter_set_destroy(resumed);
    }
}

static void check_state_refused(const char *steps, const char *message) {
    ParameterSet *set = fixture_set("", 2);
    const RuleTable table = rule_table(&rule_adam);
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(set, &table, &options, NULL);
    const char *path = path_in_new_folder();
    Metadata metadata = { 0 };
    Error error = { "" };
    if (steps) metadata_set(&metadata, "optimiser_step", steps);
    tensor_fill(&optimiser->state->items[0]->value, 5);
    CHECK(weights_save(optimiser->state, path, &metadata, NULL));
    tensor_fill(&optimiser->state->items[0]->value, 6);
    CHECK(!optimiser_load(optimiser, path, &error) && strstr(error.text, message));
    CHECK(optimiser->step == 0 && optimiser->state->items[0]->value.data[0] == 6);
    metadata_release(&metadata);
    optimiser_destroy(optimiser);
    parameter_set_destroy(set);
}

TEST(nn_optimiser_refuses_a_state_that_is_none) {
    check_state_refused(NULL, "'optimiser_step' is missing");
    check_state_refused("", "'optimiser_step' is ;");
    check_state_refused("-1", "'optimiser_step' is -1");
    check_state_refused("5x", "'optimiser_step' is 5x");
    check_state_refused("99999999999999999999", "expected a number of steps");
    ParameterSet *set = fixture_set("", 2);
    const RuleTable adam = rule_table(&rule_adam), sgd = rule_table(&rule_sgd);
    const OptimiserOptions options = optimiser_options();
    Optimiser *one = optimiser_create(set, &adam, &options, NULL);
    Optimiser *two = optimiser_create(set, &sgd, &options, NULL);
    const char *path = path_in_new_folder();
    Error error = { "" };
    CHECK(optimiser_save(one, path, NULL) && !optimiser_load(two, path, &error));
    CHECK(strstr(error.text, "missing: 'conv.weight.momentum_buffer'"));
    optimiser_destroy(one);
    optimiser_destroy(two);
    parameter_set_destroy(set);
}
