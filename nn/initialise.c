/* initialise.c - Kaiming and Xavier initialisation; fan in and fan out. */
#include "nn/initialise.h"

#include "nn/parameters.h"
#include "tensor/memory.h"
#include "tensor/random.h"

double initialise_fan(const Shape *shape, Fan fan) {
    PROMISE(shape->rank == 2 || shape->rank == 4, "no fan for a weight of shape %s",
            shape_text(shape).text);
    const double area = shape->rank == 4 ? (double)(shape->size[1] * shape->size[2]) : 1;
    return area * (double)(fan == FAN_IN ? shape_last(shape) : shape->size[0]);
}

static void draw_normal(Random *random, double deviation, double *values, int count) {
    random_normals(random, values, count);
    for (int i = 0; i < count; i++) values[i] *= deviation;
}

static void draw_uniform(Random *random, double bound, double *values, int count) {
    for (int i = 0; i < count; i++) values[i] = random_between(random, -bound, bound);
}

/* One random stream per block of elements, so that blocks can be drawn on any thread. */
enum { BLOCK = 4096 };

static void fill(const Parameter *parameter, uint64_t seed, double scale,
                 void (*draw)(Random *random, double scale, double *values, int count)) {
    if (!parameter->value.data) return; /* its set holds the error */
    const int64_t n = shape_elements(&parameter->value.shape), blocks = (n + BLOCK - 1) / BLOCK;
    const Device *device = tensor_device(&parameter->value);
    const bool in_place = device->kind == DEVICE_CPU;
    Tensor host = in_place ? tensor_share(&parameter->value)
                           : tensor_create(device_cpu(), parameter->value.shape);
    if (!host.data) memory_exhausted((size_t)n * sizeof(real));
    const uint64_t name = parameter_name_hash(parameter->name);
#pragma omp parallel for schedule(static)
    for (int64_t block = 0; block < blocks; block++) {
        Random random = random_stream(seed, name, (uint64_t)block, 0);
        const int64_t start = block * BLOCK, left = n - start;
        const int count = (int)(left < BLOCK ? left : BLOCK);
        double values[BLOCK];
        draw(&random, scale, values, count);
        for (int i = 0; i < count; i++) host.data[start + i] = (real)values[i];
    }
    if (!in_place) tensor_copy(&parameter->value, &host);
    tensor_release(&host);
}

void initialise_normal(const Parameter *parameter, uint64_t seed, double deviation) {
    fill(parameter, seed, deviation, draw_normal);
}

void initialise_uniform(const Parameter *parameter, uint64_t seed, double bound) {
    fill(parameter, seed, bound, draw_uniform);
}

void initialise_kaiming_normal(const Parameter *parameter, uint64_t seed, Fan fan) {
    initialise_normal(parameter, seed, sqrt(2 / initialise_fan(&parameter->value.shape, fan)));
}

/* A uniform distribution on [-b, b) has variance b^2 / 3. */
void initialise_kaiming_uniform(const Parameter *parameter, uint64_t seed, Fan fan) {
    initialise_uniform(parameter, seed, sqrt(6 / initialise_fan(&parameter->value.shape, fan)));
}

void initialise_xavier_uniform(const Parameter *parameter, uint64_t seed) {
    const Shape *shape = &parameter->value.shape;
    const double fans = initialise_fan(shape, FAN_IN) + initialise_fan(shape, FAN_OUT);
    initialise_uniform(parameter, seed, sqrt(6 / fans));
}
