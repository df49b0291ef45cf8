/* batch_norm_relu recomputes y in backward, and must find y > 0 exactly where forward did: tested
 * where y is 0, or would be but for a rounding. */
#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <stdlib.h>

typedef struct Norm {
    Graph *graph;
    Node *x, *weight, *bias, *mean, *var;
    Node *before, *y; /* without and with relu */
    int64_t rows, channels;
    bool frozen;
} Norm;

static real *host_array(int64_t count) {
    real *values = calloc((size_t)count, sizeof *values);
    PROMISE(values, "no memory for a test");
    return values;
}

static real *downloaded(const Tensor *tensor) {
    real *values = host_array(shape_elements(&tensor->shape));
    tensor_download(tensor, values);
    return values;
}

static Node *uniform_leaf(Graph *graph, const char *name, int64_t channels, Random *random,
                          double low, double high) {
    real *values = host_array(channels);
    Node *node = graph_input(graph, name, shape_1(channels));
    PROMISE(node, "no memory for a test");
    for (int64_t c = 0; c < channels; c++) values[c] = (real)random_between(random, low, high);
    tensor_upload(&node->value, values);
    graph_want_gradient(node);
    free(values);
    return node;
}

/* Every other row has, except for the last two bits, one value per channel; row 4 has it exactly.
 * In even channels it is just a quarter below the running mean, so y has no rounding. */
static void fill_x(const Norm *norm, Random *random) {
    real *x = host_array(norm->rows * norm->channels), *mean = downloaded(&norm->mean->value);
    for (int64_t c = 0; c < norm->channels; c++) {
        const real value = c % 2 ? (real)random_between(random, 0.5, 3) : mean[c] - (real)0.25;
        for (int64_t row = 0; row < norm->rows; row++)
            x[row * norm->channels + c] =
                row % 2 ? (real)random_between(random, -2, 3)
                        : value * (1 + (real)(row / 2 % 5 - 2) * REAL_EPSILON);
    }
    tensor_upload(&norm->x->value, x);
    free(x), free(mean);
}

/* Minus row 4's value before the bias: y is then 0, but for a rounding, where x is as in row 4. */
static void set_bias(const Norm *norm) {
    real *bias = host_array(norm->channels);
    tensor_zero(&norm->bias->value);
    CHECK(graph_forward(norm->graph, NULL));
    real *before = downloaded(&norm->before->value);
    for (int64_t c = 0; c < norm->channels; c++) bias[c] = -before[4 * norm->channels + c];
    tensor_upload(&norm->bias->value, bias);
    free(bias), free(before);
}

static Norm open_norm(const Device *device, int64_t rows, int64_t channels, bool frozen) {
    Random random = random_stream(1, (uint64_t)rows, (uint64_t)channels, frozen);
    Norm norm = {
        .graph = graph_create(device, true), .rows = rows, .channels = channels, .frozen = frozen
    };
    norm.x = graph_input(norm.graph, "x", shape_2(rows, channels));
    PROMISE(norm.x, "no memory for a test");
    graph_want_gradient(norm.x);
    norm.weight = uniform_leaf(norm.graph, "weight", channels, &random, 0.5, 2);
    norm.bias = uniform_leaf(norm.graph, "bias", channels, &random, 0, 1);
    norm.mean = uniform_leaf(norm.graph, "running mean", channels, &random, 0.5, 1);
    norm.var = uniform_leaf(norm.graph, "running var", channels, &random, 0.5, 2);
    norm.before = op_batch_norm(norm.x, norm.weight, norm.bias, norm.mean, norm.var, frozen);
    norm.y = op_batch_norm_relu(norm.x, norm.weight, norm.bias, norm.mean, norm.var, frozen);
    graph_keep(norm.before);
    graph_set_loss(norm.graph, norm.y);
    fill_x(&norm, &random);
    set_bias(&norm);
    return norm;
}

static void run(const Norm *norm) {
    real *ones = host_array(norm->rows * norm->channels);
    for (int64_t i = 0; i < norm->rows * norm->channels; i++) ones[i] = 1;
    CHECK(graph_forward(norm->graph, NULL) && graph_backward_from(norm->graph, ones, NULL));
    free(ones);
}

/* The bias has a gradient of 1 from every element of its channel with y > 0; with constant
 * statistics x has one there and nowhere else. */
static void check_signs(const Norm *norm) {
    real *y = downloaded(&norm->y->value), *dx = downloaded(&norm->x->gradient);
    real *db = downloaded(&norm->bias->gradient);
    int64_t zeros = 0, smallest = 0, different = 0;
    for (int64_t c = 0; c < norm->channels; c++) {
        int64_t above = 0;
        for (int64_t row = 0; row < norm->rows; row++) {
            const int64_t i = row * norm->channels + c;
            above += y[i] > 0;
            zeros += row % 2 == 0 && y[i] == 0;
            smallest += y[i] > 0 && y[i] < 100 * REAL_EPSILON;
            different += norm->frozen && (y[i] > 0) != (dx[i] != 0);
        }
        CHECK(db[c] == (real)above);
    }
    CHECK(different == 0);
    CHECK(zeros > 0 && smallest > 0);
    free(y), free(dx), free(db);
}

static void check_device(const Device *device) {
    static const int64_t sizes[][2] = { { 11, 1 }, { 700, 3 }, { 33, 16 }, { 401, 67 } };
    for (int i = 0; i < 8; i++) {
        const int64_t rows = sizes[i / 2][0], channels = sizes[i / 2][1];
        test_case("%d rows, %d channels, %s", (int)rows, (int)channels, i % 2 ? "frozen" : "batch");
        const Norm norm = open_norm(device, rows, channels, i % 2);
        run(&norm);
        check_signs(&norm);
        graph_destroy(norm.graph);
    }
}

TEST(batch_norm_relu_backward_sees_the_signs_of_forward) {
    check_device(device_cpu());
}

TEST(gpu_batch_norm_relu_backward_sees_the_signs_of_forward) {
    const Device *gpu = device_load_gpu(NULL) ? gpu_for_tests() : NULL;
    if (gpu) check_device(gpu);
}
