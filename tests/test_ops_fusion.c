/* A batch norm fused with the convolution before it gives the same as the two apart. */
#include "autograd/graph_plan.h"
#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <stdlib.h>

enum { CHANNELS = 12, VARIANTS = 4, CONVOLUTIONS = 4 };

typedef struct Absorbing {
    Graph *graph;
    Node *conv, *norm;
} Absorbing;

static Node *leaf(Graph *graph, Shape shape, double low, double high) {
    const int64_t n = shape_elements(&shape);
    Node *node = graph_input(graph, "leaf", shape);
    real *values = malloc((size_t)n * sizeof *values);
    PROMISE(node && values, "no memory for a test");
    Random random = random_stream(7, (uint64_t)n, (uint64_t)(100 * high), 0);
    for (int64_t i = 0; i < n; i++) values[i] = (real)random_between(&random, low, high);
    tensor_upload(&node->value, values);
    free(values);
    return node;
}

static Node *convolve(Graph *graph, int which) {
    Node *x = leaf(graph, shape_4(2, 7, 9, CHANNELS), -1, 1),
         *bias = leaf(graph, shape_1(CHANNELS), -2, 2);
    Node *whole = leaf(graph, shape_4(CHANNELS, 3, 3, CHANNELS), -0.3, 0.3);
    Node *each = leaf(graph, shape_4(CHANNELS, 3, 3, 1), -0.3, 0.31);
    Node *point = leaf(graph, shape_4(CHANNELS, 1, 1, CHANNELS), -0.3, 0.32);
    Node *const convolutions[CONVOLUTIONS] = { op_conv2d(x, whole, NULL, 1, 1, 1),
                                               op_conv2d(x, each, bias, 1, 1, CHANNELS),
                                               op_conv2d(x, point, bias, 1, 0, 1),
                                               op_conv2d(x, whole, bias, 2, 1, 1) };
    return convolutions[which];
}

static Absorbing open(const Device *device, int which, int variant, bool training) {
    Absorbing result = { .graph = graph_create(device, training) };
    Graph *graph = result.graph;
    result.conv = convolve(graph, which);
    Node *weight = leaf(graph, shape_1(CHANNELS), 0.5, 2.1),
         *bias = leaf(graph, shape_1(CHANNELS), -1, 1.1);
    Node *mean = leaf(graph, shape_1(CHANNELS), -1, 1.2),
         *var = leaf(graph, shape_1(CHANNELS), 0.2, 2.2);
    Node *residual = leaf(graph, result.conv->shape, -1, 1.3);
    Node *const norms[VARIANTS] = { op_batch_norm(result.conv, weight, bias, mean, var, true),
                                    op_batch_norm_relu(result.conv, weight, bias, mean, var, true),
                                    op_batch_norm_add_relu(result.conv, weight, bias, mean, var,
                                                           residual, true),
                                    op_batch_norm_plain(result.conv, mean, var, true) };
    result.norm = norms[variant];
    graph_keep(result.norm);
    return result;
}

/* The largest difference between fused and apart. */
static double difference(const Device *device, int which, int variant) {
    Absorbing together = open(device, which, variant, false);
    Absorbing apart = open(device, which, variant, false);
    double worst = 0;
    graph_keep(apart.conv); /* a kept output is not fused */
    CHECK(graph_forward(together.graph, NULL) && graph_forward(apart.graph, NULL));
    CHECK(!together.conv->value.data && apart.conv->value.data);
    const int64_t n = shape_elements(&apart.norm->shape);
    real *a = malloc(tensor_bytes(&apart.norm->value)),
         *b = malloc(tensor_bytes(&apart.norm->value));
    PROMISE(a && b, "no memory for a test");
    tensor_download(&together.norm->value, a);
    tensor_download(&apart.norm->value, b);
    for (int64_t i = 0; i < n; i++) worst = test_worse(worst, fabs((double)a[i] - (double)b[i]));
    free(a);
    free(b);
    graph_destroy(together.graph);
    graph_destroy(apart.graph);
    return worst;
}

TEST(batch_norm_fuses_a_convolution) {
    for (int which = 0; which < CONVOLUTIONS; which++)
        for (int variant = 0; variant < VARIANTS; variant++) {
            test_case("fusion, convolution %d, variant %d", which, variant);
            CHECK(difference(device_cpu(), which, variant) == 0);
        }
}

TEST(gpu_batch_norm_fuses_a_convolution) {
    if (!device_load_gpu(NULL)) return;
    const Device *gpu = device_find("gpu", NULL);
    for (int which = 0; gpu && which < CONVOLUTIONS; which++)
        for (int variant = 0; variant < VARIANTS; variant++) {
            test_case("gpu fusion, convolution %d, variant %d", which, variant);
            for (int rounded = 0; rounded < 2; rounded++) {
                gpu->round_products(rounded);
                CHECK(difference(gpu, which, variant) <= 200 * REAL_EPSILON);
            }
        }
}

/* Other readers of the convolution's output still get it. */
TEST(batch_norm_fuses_nothing_that_others_need) {
    Absorbing differentiated = open(device_cpu(), 0, 1, true);
    graph_want_gradient(graph_node(differentiated.graph, 0));
    graph_set_loss(differentiated.graph, op_sum(differentiated.norm));
    CHECK(graph_forward(differentiated.graph, NULL) && graph_backward(differentiated.graph, NULL));
    CHECK(graph_node(differentiated.graph, 0)->gradient.data != NULL);
    graph_destroy(differentiated.graph);

    Absorbing shared = open(device_cpu(), 0, 1, false);
    Node *square_of_conv = op_square(shared.conv);
    graph_keep(square_of_conv);
    CHECK(graph_forward(shared.graph, NULL));
    CHECK(square_of_conv->value.data[0] >= 0 && shared.conv->plan->fused_into == NULL);
    graph_destroy(shared.graph);
}
