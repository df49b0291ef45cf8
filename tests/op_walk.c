#include "tests/op_walk.h"

#include "autograd/ops.h"
#include "hadnet/ops.h"
#include "hyp/ops.h"
#include "tensor/random.h"

#include <stdlib.h>

const Op *const op_table[] = {
#define OP(name, arguments) &name##_op,
#include "autograd/ops.def"
#include "hadnet/ops.def"
#include "hyp/ops.def"
#undef OP
};
const int op_count = sizeof op_table / sizeof *op_table;

static void fill_uniform(real *x, int64_t n, double low, double high, double clear,
                         Random *random) {
    for (int64_t i = 0; i < n; i++) do
            x[i] = (real)random_between(random, low, high);
        while (fabs((double)x[i]) < clear);
}

static void fill_distinct(real *x, int64_t n, double low, double high, Random *random) {
    int *order = malloc((size_t)n * sizeof *order + 1);
    PROMISE(order, "no memory for a probe");
    for (int64_t i = 0; i < n; i++) order[i] = (int)i;
    random_shuffle(random, order, (int)n);
    for (int64_t i = 0; i < n; i++)
        x[i] = (real)(low + (high - low) * (order[i] + 0.5) / (double)n);
    free(order);
}

static void fill_ball(real *x, const Shape *shape, double low, double high, Random *random) {
    const int64_t rows = shape_rows(shape), dimension = shape_last(shape);
    for (int64_t row = 0; row < rows; row++, x += dimension) {
        double square = 0;
        for (int64_t i = 0; i < dimension; i++) {
            x[i] = (real)random_normal(random);
            square += (double)x[i] * (double)x[i];
        }
        const double norm = random_between(random, low, high);
        for (int64_t i = 0; i < dimension; i++) x[i] = (real)((double)x[i] * norm / sqrt(square));
    }
}

static void fill(const ProbeInput *input, real *x, Random *random) {
    const Shape shape = probe_shape(input);
    const int64_t n = shape_elements(&shape);
    double low = input->low, high = input->high;
    if (low == 0 && high == 0) low = -1, high = 1;
    switch (input->fill) {
    case PROBE_UNIFORM:
        fill_uniform(x, n, low, high, 0, random);
        break;
    case PROBE_CLEAR:
        fill_uniform(x, n, low, high, 0.05, random);
        break;
    case PROBE_DISTINCT:
        fill_distinct(x, n, low, high, random);
        break;
    case PROBE_BALL:
        fill_ball(x, &shape, low, high, random);
        break;
    case PROBE_INTEGER:
        for (int64_t i = 0; i < n; i++)
            x[i] = (real)(input->low +
                          (double)random_below(random, (uint64_t)(input->high - input->low) + 1));
        break;
    }
}

void probe_inputs(const ProbeCase *probe, uint64_t seed, Tensor *inputs) {
    for (int i = 0; i < probe_input_count(probe); i++) {
        Random random = random_stream(seed, (uint64_t)i, 0, 0);
        inputs[i] = tensor_create(device_cpu(), probe_shape(&probe->inputs[i]));
        fill(&probe->inputs[i], inputs[i].data, &random);
    }
}

void probe_release(const ProbeCase *probe, Tensor *inputs) {
    for (int i = 0; i < probe_input_count(probe); i++) tensor_release(&inputs[i]);
}
