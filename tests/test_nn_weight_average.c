/* The moving average of weights: its values, unaffected parameters, and lossless exchange. */
#include "nn/weight_average.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

enum { ELEMENTS = 9001, STEPS = 30 };

typedef struct Model {
    ParameterSet *set;
    Parameter *weight, *frozen, *buffer;
} Model;

static real value_at(int step, int i) {
    return (real)sin(0.1 * step + i);
}

static void fill(const Parameter *parameter, int step) {
    static real values[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) values[i] = value_at(step, i);
    tensor_upload(&parameter->value, values);
}

static Model model_create(void) {
    Model model = { .set = parameter_set_create(device_cpu(), 1) };
    model.weight = parameter_add(model.set, "weight", PARAMETER_WEIGHT, shape_1(ELEMENTS));
    model.frozen = parameter_add(model.set, "frozen", PARAMETER_WEIGHT, shape_1(ELEMENTS));
    model.buffer = parameter_add(model.set, "mean", PARAMETER_BUFFER, shape_1(ELEMENTS));
    model.frozen->frozen = true;
    fill(model.weight, 0);
    fill(model.frozen, 0);
    fill(model.buffer, 0);
    return model;
}

static void take_steps(Model *model, WeightAverage *average, int first, int end) {
    for (int step = first; step < end; step++) {
        fill(model->weight, step + 1);
        fill(model->buffer, step + 1);
        weight_average_prepare(average, step);
        weight_average_enqueue(average);
    }
}

static double expected_at(int i, double decay) {
    double average = (double)value_at(0, i);
    for (int step = 0; step < STEPS; step++) {
        const double kept = fmin(decay, (1 + step) / (10.0 + step));
        average = kept * average + (1 - kept) * (double)value_at(step + 1, i);
    }
    return average;
}

TEST(nn_weight_average_is_the_mean_of_the_steps) {
    static real found[2][ELEMENTS], stayed[ELEMENTS];
    Model model = model_create();
    WeightAverage *average = weight_average_create(model.set, 0.6, NULL);
    CHECK(average && average->state->count == 2);
    take_steps(&model, average, 0, STEPS);
    tensor_download(&parameter_find(average->state, "weight.average")->value, found[0]);
    tensor_download(&parameter_find(average->state, "mean.average")->value, found[1]);
    CHECK(!memcmp(found[0], found[1], sizeof found[0]));
    for (int i = 0; i < ELEMENTS; i++)
        if (!CHECK_NEAR((double)found[0][i], expected_at(i, 0.6), 10 * (double)REAL_EPSILON)) break;
    tensor_download(&model.frozen->value, stayed);
    for (int i = 0; i < ELEMENTS; i++)
        CHECK_NEAR((double)stayed[i], (double)value_at(0, i), 0);
    weight_average_destroy(average);
    parameter_set_destroy(model.set);
}

TEST(nn_weight_average_is_exchanged_bit_for_bit) {
    static real before[ELEMENTS], judged[ELEMENTS], after[ELEMENTS], held[ELEMENTS];
    Model model = model_create();
    WeightAverage *average = weight_average_create(model.set, 0.9, NULL);
    take_steps(&model, average, 0, 3);
    tensor_download(&model.weight->value, before);
    tensor_download(&average->averages[0]->value, held);
    weight_average_exchange(average);
    tensor_download(&model.weight->value, judged);
    tensor_download(&average->averages[0]->value, after);
    CHECK(!memcmp(judged, held, sizeof held) && !memcmp(after, before, sizeof before));
    CHECK(memcmp(before, held, sizeof held) != 0);
    weight_average_exchange(average);
    tensor_download(&model.weight->value, after);
    CHECK(!memcmp(after, before, sizeof before));
    weight_average_settle(average);
    tensor_download(&model.weight->value, after);
    CHECK(!memcmp(after, held, sizeof held));
    fill(model.weight, 7);
    weight_average_restart(average);
    tensor_download(&average->averages[0]->value, after);
    CHECK(after[5] == value_at(7, 5));
    weight_average_destroy(average);
    weight_average_destroy(NULL);
    parameter_set_destroy(model.set);
}
