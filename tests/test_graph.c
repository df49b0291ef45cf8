/* The graph: errors, memory, and which nodes run. */
#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static Parameter parameter(const char *name, ParameterKind kind, Shape shape) {
    Parameter result = { .name = strdup(name), .kind = kind };
    result.value = tensor_create(device_cpu(), shape);
    if (kind != PARAMETER_BUFFER) result.gradient = tensor_create(device_cpu(), shape);
    tensor_fill(&result.value, (real)0.5);
    if (result.gradient.data) tensor_fill(&result.gradient, -77);
    return result;
}

static void discard(Parameter *parameter) {
    free(parameter->name);
    tensor_release(&parameter->value);
    tensor_release(&parameter->gradient);
}

static void fill(const Node *node, uint64_t seed) {
    Random random = random_stream(seed, 0, 0, 0);
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        node->value.data[i] = (real)random_normal(&random);
}

/* ---- Errors ---- */

TEST(graph_keeps_the_first_error) {
    Graph *graph = graph_create(device_cpu(), true);
    Error error = { "" };
    Node *a = graph_input(graph, "left", shape_2(2, 3)), *b = graph_input(graph, "b", shape_1(3));
    const int before = graph_node_count(graph);
    CHECK(graph_error(graph) == NULL);
    Node *wrong = op_multiply(op_relu(a), b);
    CHECK(wrong == NULL);
    CHECK(graph_node_count(graph) == before + 1); /* the relu stays, the failed node does not */
    CHECK(op_relu(wrong) == NULL && op_add(a, wrong) == NULL && op_add(wrong, a) == NULL);
    CHECK(op_concat((Node *[]){ a, wrong }, 2) == NULL);
    CHECK(op_add(b, a) == NULL); /* a second mistake, not reported */
    const char *message = graph_error(graph);
    CHECK(message && strstr(message, "multiply(") && strstr(message, "output of relu [2,3]"));
    CHECK(message && strstr(message, "'b' [3]") && strstr(message, "equal"));
    CHECK(message && !strchr(message, '\n'));
    graph_keep(wrong);
    CHECK(!graph_forward(graph, &error) && message && !strcmp(error.text, message));
    graph_destroy(graph);
}

TEST(graph_without_memory_says_so) {
    const int64_t huge = (int64_t)1 << 31;
    Graph *graph = graph_create(device_cpu(), true);
    Error error = { "" };
    Node *x = graph_input(graph, "x", shape_4(1, 1, 1, 65536));
    fill(x, 1);
    Node *small = op_scale(x, 2);
    graph_keep(op_resize_bilinear(small, 32768, 32768));
    CHECK(graph_error(graph) == NULL);
    CHECK(!graph_forward(graph, &error));
    CHECK(strstr(error.text, "resize_bilinear") && strstr(error.text, "not enough memory"));
    CHECK(strstr(error.text, "[1,32768,32768,65536]") && strstr(error.text, "cpu"));
    CHECK(small->value.data == NULL); /* nothing is left behind */
    graph_destroy(graph);

    graph = graph_create(device_cpu(), true);
    CHECK(graph_input(graph, "image", shape_2(huge, huge)) == NULL);
    CHECK(graph_error(graph) && strstr(graph_error(graph), "'image' [2147483648,2147483648]"));
    graph_destroy(graph);
}

/* ---- What runs ---- */

static int runs, backwards;

static bool counting_shape(Node *node, Error *error) {
    (void)error;
    node->shape = node->inputs[0]->shape;
    return true;
}

static void counting_forward(Node *node) {
    runs++;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        node->value.data[i] = node->inputs[0]->value.data[i];
}

static void counting_backward(Node *node) {
    backwards++;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        gradient_store(node->input_gradients[0], i, node->gradient.data[i]);
}

static const Op op_counting = { .name = "counting",
                                .differentiable = INPUT(0),
                                .shape = counting_shape,
                                .forward = { counting_forward, NULL },
                                .backward = { counting_backward, NULL } };

static Node *counting(Node *x) {
    return graph_append(&op_counting, &x, 1, NULL, 0);
}

TEST(graph_runs_only_what_is_needed) {
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "x", shape_1(4)), *y = graph_input(graph, "y", shape_1(4));
    fill(x, 1);
    fill(y, 2);
    graph_want_gradient(x);
    Node *used = counting(x), *unused = counting(x), *constant = counting(y);
    Node *kept = counting(used);
    graph_keep(kept);
    graph_set_loss(graph, op_sum(op_multiply(used, constant)));
    runs = backwards = 0;
    CHECK(graph_forward(graph, NULL) && graph_backward(graph, NULL));
    CHECK(runs == 3);      /* not `unused` */
    CHECK(backwards == 1); /* `used` alone: `constant` has no gradient, `kept` is not in the loss */
    CHECK(kept->value.data && !used->value.data && !unused->value.data && !constant->value.data);
    for (int i = 0; i < 4; i++) {
        CHECK(kept->value.data[i] == x->value.data[i]);
        CHECK(x->gradient.data[i] == y->value.data[i]);
    }
    graph_destroy(graph);
}

/* Other values, or the same ones changed, count from the next run on; the memory of the input
 * itself is given back. */
TEST(graph_reads_an_input_where_it_lies) {
    const size_t live = memory_use(device_cpu()).live_bytes;
    Graph *graph = graph_create(device_cpu(), true);
    Node *input = graph_input(graph, "x", shape_1(3)), *sum = op_sum(op_square(input));
    real values[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
    const size_t with_input = memory_use(device_cpu()).live_bytes;
    graph_want_gradient(input);
    graph_set_loss(graph, sum);
    for (int i = 0; i < 3; i++) {
        const real *at = values[i % 2];
        if (i == 2) values[0][1] = 0;
        graph_input_at(input, at);
        CHECK(memory_use(device_cpu()).live_bytes < with_input || i > 0);
        CHECK(graph_forward(graph, NULL) && graph_backward(graph, NULL));
        CHECK_NEAR(sum->value.data[0], at[0] * at[0] + at[1] * at[1] + at[2] * at[2], 1e-6);
        for (int k = 0; k < 3; k++) CHECK(input->gradient.data[k] == 2 * at[k]);
    }
    graph_destroy(graph);
    CHECK(values[0][0] == 1 && memory_use(device_cpu()).live_bytes == live);
}

TEST(graph_gives_frozen_parameters_no_gradient) {
    Parameter weight = parameter("weight", PARAMETER_WEIGHT, shape_1(3));
    Parameter frozen = parameter("frozen", PARAMETER_WEIGHT, shape_1(3));
    Parameter buffer = parameter("buffer", PARAMETER_BUFFER, shape_1(3));
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "x", shape_2(5, 3));
    frozen.frozen = true;
    fill(x, 3);
    Node *y = op_scale_channels(counting(op_scale_channels(x, graph_parameter(graph, &frozen))),
                                graph_parameter(graph, &weight));
    graph_set_loss(graph, op_sum(op_add_bias(y, graph_parameter(graph, &buffer))));
    CHECK(graph_parameter(graph, &weight) == graph_parameter(graph, &weight));
    runs = backwards = 0;
    CHECK(graph_forward(graph, NULL) && graph_backward(graph, NULL));
    CHECK(runs == 1 && backwards == 0); /* below the last trained parameter nothing runs back */
    for (int c = 0; c < 3; c++) {
        double expected = 0;
        for (int row = 0; row < 5; row++) expected += 0.5 * (double)x->value.data[3 * row + c];
        CHECK_NEAR((double)weight.gradient.data[c], expected, 20 * REAL_EPSILON);
        CHECK(frozen.gradient.data[c] == -77);
    }
    CHECK(buffer.gradient.data == NULL);
    graph_destroy(graph);
    CHECK(weight.value.data[0] == (real)0.5); /* parameters outlive the graph */
    discard(&weight);
    discard(&frozen);
    discard(&buffer);
}

/* ---- Memory ---- */

/* A small network with all that a training step has. */
typedef struct Step {
    Graph *graph;
    Parameter weight, bias, mean, var;
    Node *x, *labels;
} Step;

static void open_step(Step *step) {
    step->weight = parameter("norm.weight", PARAMETER_BIAS, shape_1(6));
    step->bias = parameter("norm.bias", PARAMETER_BIAS, shape_1(6));
    step->mean = parameter("norm.running_mean", PARAMETER_BUFFER, shape_1(6));
    step->var = parameter("norm.running_var", PARAMETER_BUFFER, shape_1(6));
    Graph *graph = step->graph = graph_create(device_cpu(), true);
    step->x = graph_input(graph, "x", shape_4(2, 16, 16, 6));
    step->labels = graph_input(graph, "labels", shape_3(2, 16, 16));
    fill(step->x, 4);
    for (int64_t i = 0; i < 2 * 16 * 16; i++) step->labels->value.data[i] = (real)(i % 6);
    Node *mean = graph_parameter(graph, &step->mean), *var = graph_parameter(graph, &step->var);
    Node *weight = graph_parameter(graph, &step->weight);
    Node *bias = graph_parameter(graph, &step->bias);
    Node *y = op_batch_norm_relu(step->x, weight, bias, mean, var, false);
    y = op_resize_bilinear(op_max_pool(y, 3, 2, 1), 16, 16);
    y = op_batch_norm_add_relu(y, weight, bias, mean, var, step->x, false);
    graph_set_loss(graph,
                   op_add(op_softmax_cross_entropy(y, step->labels, NULL, 255),
                          segmentation_loss_part(op_segmentation_loss(y, step->labels, NULL, 255),
                                                 LOSS_SOFT_DICE)));
}

static void close_step(Step *step) {
    graph_destroy(step->graph);
    discard(&step->weight);
    discard(&step->bias);
    discard(&step->mean);
    discard(&step->var);
}

TEST(graph_step_after_the_first_allocates_nothing) {
    Step step;
    open_step(&step);
    int64_t allocations = 0;
    for (int i = 0; i < 11; i++) {
        CHECK(graph_forward(step.graph, NULL) && graph_backward(step.graph, NULL));
        const int64_t now = memory_use(device_cpu()).system_allocations;
        if (i > 0) CHECK(now == allocations);
        allocations = now;
    }
    CHECK(allocations > 0);
    close_step(&step);
}

TEST(graph_runs_twice_to_the_same_bits) {
    real gradients[2][6];
    for (int i = 0; i < 2; i++) {
        Step step;
        open_step(&step);
        for (int j = 0; j < 3; j++)
            CHECK(graph_forward(step.graph, NULL) && graph_backward(step.graph, NULL));
        memcpy(gradients[i], step.weight.gradient.data, sizeof gradients[i]);
        close_step(&step);
    }
    CHECK(!memcmp(gradients[0], gradients[1], sizeof gradients[0]));
    CHECK(gradients[0][0] != 0 && gradients[0][0] != -77);
}

TEST(graph_leaves_no_memory_behind) {
    const size_t before = memory_use(device_cpu()).live_bytes;
    Step step;
    open_step(&step);
    CHECK(graph_forward(step.graph, NULL) && graph_backward(step.graph, NULL));
    CHECK(memory_use(device_cpu()).live_bytes > before);
    close_step(&step);
    CHECK(memory_use(device_cpu()).live_bytes == before);
}

enum { LONG = 1 << 16, OPS = 20 };

/* Bytes that one step over a chain of OPS ops needed, in units of one value. */
static double values_needed(Node *(*op)(Node *), bool backward) {
    memory_trim(device_cpu());
    const MemoryUse before = memory_use(device_cpu());
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "x", shape_1(LONG)), *y = x;
    tensor_fill(&x->value, 1);
    if (backward) graph_want_gradient(x);
    for (int i = 0; i < OPS; i++) y = op(y);
    graph_set_loss(graph, op_sum(y));
    CHECK(graph_forward(graph, NULL) && (!backward || graph_backward(graph, NULL)));
    const MemoryUse after = memory_use(device_cpu());
    graph_destroy(graph);
    const size_t bytes =
        after.live_bytes + after.cached_bytes - before.live_bytes - before.cached_bytes;
    return (double)bytes / (LONG * sizeof(real));
}

static Node *half(Node *x) {
    return op_scale(x, (real)0.5);
}

TEST(graph_keeps_only_the_values_that_backward_reads) {
    CHECK(values_needed(op_square, true) >= OPS);   /* backward reads every input */
    CHECK(values_needed(half, true) <= 5.01);       /* x, two values or gradients, x's gradient */
    CHECK(values_needed(op_square, false) <= 3.01); /* no backward: each value dies at once */
}

/* Values of batch norm that are large enough to be made again rather than kept. */
enum { LARGE_ROWS = 1 << 15, LARGE_CHANNELS = 64 };

/* d mean(y^2) / d x, y = x after some batch_norm_relu, and the memory in use between forward and
 * backward. kept: their values are. */
static size_t large_step(int norms, bool kept, real *dx) {
    Parameter scale = parameter("scale", PARAMETER_BIAS, shape_1(LARGE_CHANNELS));
    Parameter shift = parameter("shift", PARAMETER_BIAS, shape_1(LARGE_CHANNELS));
    Parameter average = parameter("mean", PARAMETER_BUFFER, shape_1(LARGE_CHANNELS));
    Parameter var = parameter("var", PARAMETER_BUFFER, shape_1(LARGE_CHANNELS));
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "x", shape_2(LARGE_ROWS, LARGE_CHANNELS));
    fill(x, 7);
    graph_want_gradient(x);
    Node *y = x;
    for (int i = 0; i < norms; i++) {
        y = op_batch_norm_relu(y, graph_parameter(graph, &scale), graph_parameter(graph, &shift),
                               graph_parameter(graph, &average), graph_parameter(graph, &var),
                               false);
        if (kept) graph_keep(y);
    }
    graph_set_loss(graph, op_mean(op_square(y)));
    CHECK(graph_forward(graph, NULL));
    CHECK((y->value.data != NULL) == kept);
    const size_t between = memory_use(device_cpu()).live_bytes;
    CHECK(graph_backward(graph, NULL));
    memcpy(dx, x->gradient.data, (size_t)shape_elements(&x->shape) * sizeof *dx);
    graph_destroy(graph);
    discard(&scale), discard(&shift), discard(&average), discard(&var);
    return between;
}

TEST(graph_makes_large_values_again_to_the_same_bits) {
    const size_t bytes = (size_t)LARGE_ROWS * LARGE_CHANNELS * sizeof(real);
    real *kept = malloc(bytes), *again = malloc(bytes);
    for (size_t norms = 1; norms <= 3; norms++) { /* the later ones are made of the earlier */
        const size_t with = large_step((int)norms, true, kept);
        const size_t without = large_step((int)norms, false, again);
        CHECK(without + norms * bytes <= with);
        CHECK(!memcmp(kept, again, bytes));
    }
    free(kept), free(again);
}
