/* gpu_array.c - fills and copies arrays, and compares them. */
#include "tests/gpu_array.h"

#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

static GpuArray empty_array(const Device *gpu, int64_t count) {
    GpuArray array = { .count = count };
    array.host = malloc(((size_t)count + 1) * sizeof *array.host);
    array.tensor = tensor_create(gpu, shape_1(count));
    PROMISE(array.host && array.tensor.data, "no memory for a test");
    array.data = array.tensor.data;
    return array;
}

GpuArray gpu_array(const Device *gpu, int64_t count, uint64_t seed) {
    GpuArray array = empty_array(gpu, count);
    Random random = random_stream(seed, 0xa88a, 0, 0);
    for (int64_t i = 0; i < count; i++) array.host[i] = (real)random_between(&random, -1, 1);
    gpu_array_upload(&array);
    return array;
}

GpuArray gpu_array_sizes(const Device *gpu, const GpuArray *from) {
    GpuArray array = empty_array(gpu, from->count);
    for (int64_t i = 0; i < from->count; i++) array.host[i] = fabs(from->host[i]);
    gpu_array_upload(&array);
    return array;
}

void gpu_array_upload(GpuArray *array) {
    tensor_upload(&array->tensor, array->host);
}

void gpu_array_download(GpuArray *array) {
    tensor_download(&array->tensor, array->host);
}

void gpu_array_release(GpuArray *array) {
    free(array->host);
    tensor_release(&array->tensor);
    *array = (GpuArray){ 0 };
}

double product_error(bool rounded) {
    const double factor = 1 + 1.0 / 2048;
    const double roundings = 20 * (double)REAL_EPSILON;
    return rounded && sizeof(real) == sizeof(float) ? factor * factor - 1 + roundings : roundings;
}

double worst_error(const real *found, const real *expected, const real *sizes, int64_t count) {
    double worst = 0;
    for (int64_t i = 0; i < count; i++) {
        const double error =
            fabs((double)found[i] - (double)expected[i]) / ((double)sizes[i] + 1e-3);
        worst = test_worse(worst, error);
    }
    return worst;
}
