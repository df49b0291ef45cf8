/* op_trial.c - builds a one-op graph and times its kernels. */
#include "bench/op_trial.h"

#include "bench/fill.h"

#include <stdio.h>

Node *op_trial_input(const Node *x, const char *name, Shape shape, double low, double high) {
    Node *input = graph_input(x->graph, name, shape);
    if (!input) return NULL;
    fill_uniform(&input->value, low, high);
    graph_want_gradient(input);
    return input;
}

static bool run_forward(void *context, Error *error) {
    Node *node = context;
    (void)error;
    node->op->forward.cpu(node);
    return true;
}

static bool run_backward(void *context, Error *error) {
    Node *node = context;
    (void)error;
    node->op->backward.cpu(node);
    return true;
}

static bool no_memory(const Node *node, Error *error) {
    return error_set(error, "%s: no memory for its gradients", node->op->name);
}

/* Allocate what the node's backward kernel reads and writes, as graph_backward would. */
static bool prepare_backward(Node *node, Error *error) {
    node->gradient = tensor_create(device_cpu(), node->shape);
    if (!node->gradient.data) return no_memory(node, error);
    fill_uniform(&node->gradient, -1, 1);
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        const bool wanted = (node->op->differentiable >> i & 1) && input->needs_gradient;
        node->input_gradients[i] = (Gradient){ NULL, false };
        if (!wanted) continue;
        if (!input->gradient.data) input->gradient = tensor_create(device_cpu(), input->shape);
        if (!input->gradient.data) return no_memory(node, error);
        node->input_gradients[i] = (Gradient){ input->gradient.data, false };
    }
    return true;
}

static Row row_of(const OpCase *each, const char *pass, const Node *node, Passes passes,
                  Passes arrays) {
    const double x = sizeof(real) * (double)shape_elements(&each->x);
    const double y = sizeof(real) * (double)shape_elements(&node->shape);
    Row row = { .bytes = passes.x * x + passes.y * y, .footprint = arrays.x * x + arrays.y * y };
    snprintf(row.name, sizeof row.name, "%s %s %s", each->name, shape_text(&each->x).text, pass);
    return row;
}

static bool measure(Bench *bench, const OpCase *each, Graph *graph, Error *error) {
    Node *x = graph_input(graph, "x", each->x);
    if (!x) return error_set(error, "%s", graph_error(graph));
    fill_uniform(&x->value, -1, 1);
    graph_want_gradient(x);
    Node *node = each->build(x);
    graph_set_loss(graph, node);
    if (!graph_forward(graph, error)) return false;
    Row row = row_of(each, "forward", node, each->forward, (Passes){ 1, 1 });
    bench_measure(bench, &row, run_forward, node);
    if (each->backward.x == 0) return true;
    if (!prepare_backward(node, error)) return false;
    row = row_of(each, "backward", node, each->backward, (Passes){ 2, 1 });
    bench_measure(bench, &row, run_backward, node);
    return true;
}

void bench_ops(Bench *bench, const OpCase *cases, int count) {
    for (int i = 0; i < count; i++) {
        Error error = { "" };
        Graph *graph = graph_create(device_cpu(), !cases[i].evaluation);
        if (!measure(bench, &cases[i], graph, &error)) bench_fail(bench, &error);
        graph_destroy(graph);
    }
}
