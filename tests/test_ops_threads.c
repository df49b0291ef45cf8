/* The bits of results do not depend on the number of threads, at sizes of many blocks. */
#include "autograd/ops.h"
#include "hyp/ops.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <omp.h>
#include <string.h>

static Node *leaf(Graph *graph, const char *name, Shape shape) {
    Node *node = graph_input(graph, name, shape);
    PROMISE(node, "no memory for a test");
    graph_want_gradient(node);
    return node;
}

/* Forward and backward of the loss. */
static void run(Graph *graph, Node *loss) {
    Error error = { "" };
    graph_set_loss(graph, loss);
    if (graph_error(graph) || !graph_forward(graph, &error) || !graph_backward(graph, &error))
        test_fail(__FILE__, __LINE__, "%s", graph_error(graph) ? graph_error(graph) : error.text);
}

static Node *big_norm(Node *x, Node *v, Node *labels) {
    (void)labels;
    Node *mean = op_scale(v, 1), *var = op_scale(v, 2);
    return op_batch_norm_add_relu(x, v, v, mean, var, op_scale(x, 2), false);
}

static Node *big_channels(Node *x, Node *v, Node *labels) {
    (void)labels;
    return op_add_bias(op_scale_channels(x, v), op_mean_rows(x));
}

static Node *big_pools(Node *x, Node *v, Node *labels) {
    (void)labels;
    Node *global = op_add_bias(op_global_max_pool(x), v);
    return op_add(op_sum(op_max_pool(x, 3, 2, 1)),
                  op_add(op_sum(op_average_pool(x, 3, 1, 1)),
                         op_sum(op_multiply(global, op_global_average_pool(x)))));
}

static Node *big_resize(Node *x, Node *v, Node *labels) {
    (void)labels;
    return op_add(op_sum(op_scale_channels(op_resize_bilinear(x, 71, 90), v)),
                  op_sum(op_resize_bilinear(x, 20, 31)));
}

static Node *big_gather(Node *x, Node *v, Node *labels) {
    (void)v;
    Node *places = op_top_k_channels(op_global_max_pool(x), 7), *one = op_slice_channels(x, 3, 5);
    Node *gathered = op_channel_gather_per_sample(x, places);
    (void)labels;
    return op_sum(op_square(op_concat((Node *[]){ gathered, one, op_reshape(x, x->shape) }, 3)));
}

static Node *big_losses(Node *x, Node *v, Node *labels) {
    return op_add(
        op_softmax_cross_entropy(x, labels, op_square(v), 3),
        op_add(segmentation_loss_part(op_segmentation_loss(x, labels, NULL, 3), LOSS_SOFT_DICE),
               op_add(op_kl_divergence(x, op_softmax(x), 2),
                      op_mean_squared_error(x, op_sigmoid(x)))));
}

static Node *big_pointwise(Node *x, Node *v, Node *labels) {
    (void)v, (void)labels;
    return op_mean(op_log1p_squared_difference(op_subtract(x, op_hyperbolic_tangent(x)),
                                               op_multiply(x, op_relu(x))));
}

static Node *big_hyperplanes(Node *x, Node *v, Node *labels) {
    (void)labels;
    Node *normal = op_reshape(v, shape_2(1, 13));
    return op_hyperplane_logits(x, op_scale(normal, (real)0.01), normal, 1);
}

static uint64_t bits_of_run(Node *(*build)(Node *, Node *, Node *), int threads) {
    Graph *graph = graph_create(device_cpu(), true);
    Random random = random_stream(5, 0, 0, 0);
    Node *x = leaf(graph, "x", shape_4(3, 37, 41, 13));
    Node *v = leaf(graph, "v", shape_1(13));
    Node *labels = leaf(graph, "labels", shape_3(3, 37, 41));
    for (int64_t i = 0; i < shape_elements(&x->shape); i++)
        x->value.data[i] = (real)random_normal(&random);
    for (int i = 0; i < 13; i++) v->value.data[i] = (real)random_between(&random, 0.5, 2);
    for (int64_t i = 0; i < shape_elements(&labels->shape); i++)
        labels->value.data[i] = (real)random_below(&random, 13);
    const int usual = omp_get_max_threads();
    omp_set_num_threads(threads);
    Node *loss = build(x, v, labels);
    if (loss && loss->shape.rank) loss = op_sum(op_square(loss));
    run(graph, loss);
    omp_set_num_threads(usual);
    uint64_t hash = 0xcbf29ce484222325u;
    for (int part = 0; part < 3; part++) {
        const Tensor *tensor = part == 0 ? &loss->value : part == 1 ? &x->gradient : &v->gradient;
        for (int64_t i = 0; tensor->data && i < shape_elements(&tensor->shape); i++) {
            const double value = (double)tensor->data[i];
            uint64_t bits;
            CHECK(fabs(value) <= REAL_MAX);
            memcpy(&bits, &value, sizeof bits);
            hash = (hash ^ bits) * 0x100000001b3u;
        }
    }
    graph_destroy(graph);
    return hash;
}

TEST(same_bits_for_any_number_of_threads_at_size) {
    static const struct {
        const char *name;
        Node *(*build)(Node *, Node *, Node *);
    } cases[] = { { "batch norm", big_norm },     { "channel-wise", big_channels },
                  { "pools", big_pools },         { "resize", big_resize },
                  { "gather", big_gather },       { "losses", big_losses },
                  { "pointwise", big_pointwise }, { "hyperplanes", big_hyperplanes } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_case("same bits at size, %s", cases[i].name);
        const uint64_t hash = bits_of_run(cases[i].build, 1);
        for (int threads = 2; threads <= 5; threads++)
            CHECK(bits_of_run(cases[i].build, threads) == hash);
    }
}
