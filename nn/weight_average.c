/* weight_average.c - creating and updating the average, and exchanging it with the weights. */
#include "nn/weight_average.h"

#include "tensor/memory.h"
#include "tensor/parallel.h"

#include <stdlib.h>

/* Threads share whole blocks, so the number of threads does not move the boundary between a vector
 * loop and its scalar tail, which compilers may round differently. */
enum { BLOCK = 4096 };

typedef void (*AverageKernel)(real *average, const real *value, int64_t n, const real *rate);

static void average_block(real *restrict average, const real *restrict value, int64_t n,
                          real rate) {
    for (int64_t i = 0; i < n; i++) average[i] = weight_average_towards(average[i], value[i], rate);
}

static void weight_average_cpu(real *average, const real *value, int64_t n, const real *rate) {
#pragma omp parallel for schedule(static) if (parallel_pays(n))
    for (int64_t begin = 0; begin < n; begin += BLOCK)
        average_block(average + begin, value + begin, n - begin < BLOCK ? n - begin : BLOCK, *rate);
}

static AverageKernel kernel_of(const Device *device) {
    if (device->kind == DEVICE_CPU) return weight_average_cpu;
    return (AverageKernel)device_kernel(device, "weight_average");
}

static bool add_averages(WeightAverage *average, Error *error) {
    const ParameterSet *set = average->parameters;
    int64_t largest = 1;
    for (int i = 0; i < set->count; i++) {
        const Parameter *parameter = set->items[i];
        const int64_t n = shape_elements(&parameter->value.shape);
        if (parameter->kind != PARAMETER_BUFFER && !parameter_is_trained(parameter)) continue;
        average->averages[i] =
            parameter_add(average->state, parameter_name_join(parameter->name, "average").text,
                          PARAMETER_BUFFER, parameter->value.shape);
        if (n > largest) largest = n;
    }
    average->room = tensor_create(set->device, shape_1(largest));
    average->rate = tensor_create(set->device, shape_1(1));
    const char *failure = parameter_set_error(average->state);
    if (failure) return error_set(error, "moving average: %s", failure);
    return (average->room.data && average->rate.data) ||
           error_no_memory(error, "a moving average of %d parameters", set->count);
}

WeightAverage *weight_average_create(ParameterSet *set, double decay, Error *error) {
    WeightAverage *average = memory_new(1, sizeof *average);
    *average = (WeightAverage){ .parameters = set, .count = set->count, .decay = decay };
    average->state = parameter_set_create(set->device, 0);
    average->averages = memory_new((size_t)set->count, sizeof *average->averages);
    if (add_averages(average, error)) {
        weight_average_restart(average);
        return average;
    }
    weight_average_destroy(average);
    return NULL;
}

void weight_average_destroy(WeightAverage *average) {
    if (!average) return;
    parameter_set_destroy(average->state);
    tensor_release(&average->rate);
    tensor_release(&average->room);
    free(average->averages);
    free(average);
}

/* Calls visit for every parameter that is averaged. */
static void for_each(WeightAverage *average,
                     void (*visit)(WeightAverage *average, Tensor *value, Tensor *of_it)) {
    PROMISE(average->parameters->count == average->count,
            "parameters were added after their moving average");
    for (int i = 0; i < average->count; i++)
        if (average->averages[i])
            visit(average, &average->parameters->items[i]->value, &average->averages[i]->value);
}

static void copy_value(WeightAverage *average, Tensor *value, Tensor *of_it) {
    (void)average;
    tensor_copy(of_it, value);
}

static void copy_average(WeightAverage *average, Tensor *value, Tensor *of_it) {
    (void)average;
    tensor_copy(value, of_it);
}

static void exchange(WeightAverage *average, Tensor *value, Tensor *of_it) {
    Tensor room = average->room;
    room.shape = value->shape;
    tensor_copy(&room, value);
    tensor_copy(value, of_it);
    tensor_copy(of_it, &room);
}

static void move(WeightAverage *average, Tensor *value, Tensor *of_it) {
    kernel_of(average->parameters->device)(of_it->data, value->data, shape_elements(&value->shape),
                                           average->rate.data);
}

void weight_average_restart(WeightAverage *average) {
    for_each(average, copy_value);
}

void weight_average_prepare(WeightAverage *average, int64_t step) {
    const double early = (1 + (double)step) / (10 + (double)step);
    const real rate = (real)(1 - (early < average->decay ? early : average->decay));
    tensor_upload(&average->rate, &rate);
}

void weight_average_enqueue(WeightAverage *average) {
    for_each(average, move);
}

void weight_average_exchange(WeightAverage *average) {
    for_each(average, exchange);
}

void weight_average_settle(WeightAverage *average) {
    for_each(average, copy_average);
}
