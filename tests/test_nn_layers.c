/* Layers: their parameters, initial values and freezing, and that a small network learns. */
#include "autograd/ops.h"
#include "nn/layers.h"
#include "nn/optimiser.h"
#include "nn/wide_resnet.h"
#include "tests/test.h"

#include <string.h>

static bool has_shape(const ParameterSet *set, const char *name, ParameterKind kind, Shape shape) {
    const Parameter *parameter = parameter_find(set, name);
    return parameter && parameter->kind == kind && shape_equal(&parameter->value.shape, &shape);
}

TEST(nn_layers_register_pytorch_names) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const Conv2dLayer plain = layer_conv2d_create(set, "a.conv", 6, 8, 5, (Conv2dOptions){ 0 });
    CHECK(plain.stride == 1 && plain.groups == 1 && plain.padding == 0 && !plain.bias);
    layer_conv2d_create(set, "a.groups", 6, 8, 3, (Conv2dOptions){ .groups = 2, .bias = true });
    layer_batch_norm_create(set, "a.bn", 8);
    layer_linear_create(set, "fc", 5, 7, true);
    layer_linear_create(set, "plain", 5, 7, false);
    CHECK(has_shape(set, "a.conv.weight", PARAMETER_WEIGHT, shape_4(8, 5, 5, 6)));
    CHECK(has_shape(set, "a.groups.weight", PARAMETER_WEIGHT, shape_4(8, 3, 3, 3)));
    CHECK(has_shape(set, "a.groups.bias", PARAMETER_BIAS, shape_1(8)));
    CHECK(has_shape(set, "a.bn.weight", PARAMETER_BIAS, shape_1(8)));
    CHECK(has_shape(set, "a.bn.bias", PARAMETER_BIAS, shape_1(8)));
    CHECK(has_shape(set, "a.bn.running_mean", PARAMETER_BUFFER, shape_1(8)));
    CHECK(has_shape(set, "a.bn.running_var", PARAMETER_BUFFER, shape_1(8)));
    CHECK(has_shape(set, "fc.weight", PARAMETER_WEIGHT, shape_2(7, 5)));
    CHECK(has_shape(set, "fc.bias", PARAMETER_BIAS, shape_1(7)));
    CHECK(set->count == 10 && !parameter_find(set, "plain.bias"));
    parameter_set_destroy(set);
}

TEST(nn_layers_first_values) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const BatchNormLayer norm = layer_batch_norm_create(set, "bn", 3);
    const LinearLayer linear = layer_linear_create(set, "fc", 400, 50, true);
    const Conv2dLayer conv = layer_conv2d_create(set, "conv", 16, 64, 3, (Conv2dOptions){ 0 });
    double squares = 0, largest = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(norm.weight->value.data[i] == 1 && norm.bias->value.data[i] == 0);
        CHECK(norm.running_mean->value.data[i] == 0 && norm.running_var->value.data[i] == 1);
    }
    for (int i = 0; i < 400 * 50; i++)
        largest = fmax(largest, fabs((double)linear.weight->value.data[i]));
    CHECK(largest <= 0.05 && largest > 0.0499 && fabs((double)linear.bias->value.data[7]) <= 0.05);
    for (int i = 0; i < 64 * 9 * 16; i++)
        squares += (double)conv.weight->value.data[i] * (double)conv.weight->value.data[i];
    CHECK_NEAR(squares / (64 * 9 * 16) * (9 * 64) / 2, 1, 0.08); /* variance 2 / fan out */
    parameter_set_destroy(set);
}

/* conv -> batch norm -> relu -> mean -> linear; half of the images are brighter on the left. */
typedef struct Small {
    ParameterSet *set;
    Conv2dLayer conv;
    BatchNormLayer norm;
    LinearLayer head;
} Small;

static Small small_create(void) {
    Small model = { .set = parameter_set_create(device_cpu(), 4) };
    model.conv = layer_conv2d_create(model.set, "conv", 1, 4, 3,
                                     (Conv2dOptions){ .padding = 1, .stride = 2, .bias = true });
    model.norm = layer_batch_norm_create(model.set, "norm", 4);
    model.head = layer_linear_create(model.set, "head", 4, 2, true);
    return model;
}

enum { IMAGES = 8, SIDE = 6 };

static Graph *small_graph(const Small *model, Node **loss) {
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "images", shape_4(IMAGES, SIDE, SIDE, 1));
    Node *labels = graph_input(graph, "labels", shape_1(IMAGES));
    for (int i = 0; i < IMAGES * SIDE * SIDE; i++) {
        const int image = i / (SIDE * SIDE), column = i % SIDE;
        x->value.data[i] = (real)((column < 3) == image % 2) + (real)(i * 7 % 11) / 11;
    }
    for (int i = 0; i < IMAGES; i++) labels->value.data[i] = (real)(i % 2);
    x = layer_conv2d_apply(graph, &model->conv, x);
    x = layer_batch_norm_apply_relu(graph, &model->norm, x);
    x = layer_linear_apply(graph, &model->head, op_global_average_pool(x));
    *loss = op_softmax_cross_entropy(x, labels, NULL, -1);
    graph_set_loss(graph, *loss);
    return graph;
}

TEST(nn_layers_a_small_network_learns) {
    const UpdateRule *rules[] = { &rule_sgd, &rule_adam, &rule_adamw };
    for (int r = 0; r < 3; r++) {
        Small model = small_create();
        const RuleTable table = rule_table(rules[r]);
        OptimiserOptions options = optimiser_options();
        options.momentum = 0.9;
        Optimiser *optimiser = optimiser_create(model.set, &table, &options, NULL);
        Node *loss;
        Graph *graph = small_graph(&model, &loss);
        double first = 0;
        test_case("a small network learns with %s", rules[r]->name);
        for (int step = 0; step < 60; step++) {
            CHECK(graph_forward(graph, NULL) && graph_backward(graph, NULL));
            if (step == 0) first = (double)loss->value.data[0];
            CHECK(optimiser_step(optimiser, 0.05, NULL));
        }
        CHECK((double)loss->value.data[0] < 0.2 * first && first > 0.3);
        graph_destroy(graph);
        optimiser_destroy(optimiser);
        parameter_set_destroy(model.set);
    }
}

TEST(nn_layers_frozen_layers_stay) {
    Small model = small_create();
    parameter_set_freeze(model.set, "conv.", true);
    parameter_set_freeze(model.set, "norm.", true);
    const RuleTable table = rule_table(&rule_adam);
    const OptimiserOptions options = optimiser_options();
    Optimiser *optimiser = optimiser_create(model.set, &table, &options, NULL);
    const real mean = model.norm.running_mean->value.data[0];
    const real filter = model.conv.weight->value.data[0], head = model.head.weight->value.data[0];
    Node *loss;
    Graph *graph = small_graph(&model, &loss);
    CHECK(graph_forward(graph, NULL) && graph_backward(graph, NULL));
    CHECK(optimiser_step(optimiser, 0.05, NULL));
    CHECK(model.norm.running_mean->value.data[0] == mean);
    CHECK(model.norm.weight->value.data[0] == 1 && model.conv.bias->value.data[0] == 0);
    CHECK(model.conv.weight->value.data[0] == filter && model.head.weight->value.data[0] != head);
    graph_destroy(graph);
    parameter_set_freeze(model.set, "norm.", false);
    graph = small_graph(&model, &loss);
    CHECK(graph_forward(graph, NULL) && model.norm.running_mean->value.data[0] != mean);
    parameter_set_freeze(model.set, "head.", true);
    CHECK(model.head.weight->frozen && model.head.bias->frozen && !model.norm.weight->frozen);
    graph_destroy(graph);
    optimiser_destroy(optimiser);
    parameter_set_destroy(model.set);
}

/* Padding and groups reach the op: shapes tell. */
TEST(nn_layers_hand_on_their_options) {
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    Graph *graph = graph_create(device_cpu(), false);
    Node *x = graph_input(graph, "x", shape_4(1, 9, 7, 6));
    const Conv2dLayer conv = layer_conv2d_create(
        set, "conv", 6, 4, 3, (Conv2dOptions){ .stride = 2, .padding = 2, .groups = 2 });
    const BatchNormLayer norm = layer_batch_norm_create(set, "norm", 4);
    Node *y = layer_conv2d_apply(graph, &conv, x);
    const Shape expected = shape_4(1, 6, 5, 4);
    CHECK(y && shape_equal(&y->shape, &expected));
    const Conv2dLayer biased =
        layer_conv2d_create(set, "b", 6, 2, 1, (Conv2dOptions){ .bias = true });
    tensor_zero(&biased.weight->value);
    tensor_fill(&biased.bias->value, 3);
    tensor_zero(&x->value);
    Node *three = layer_conv2d_apply(graph, &biased, x);
    graph_keep(three);
    CHECK(graph_forward(graph, NULL) && three->value.data[9 * 7 * 2 - 1] == 3);
    CHECK(layer_batch_norm_apply(graph, &norm, y) && !graph_error(graph));
    CHECK(layer_batch_norm_apply_add_relu(graph, &norm, y, y) && !graph_error(graph));
    CHECK(!layer_batch_norm_apply(graph, &norm, x)); /* 6 channels */
    CHECK(graph_error(graph) && strstr(graph_error(graph), "norm.weight"));
    graph_destroy(graph);
    parameter_set_destroy(set);
}
