/* graph_run.c - running a graph: forward, backward, and the memory of both. */
#include "autograd/graph_plan.h"

#include <math.h>

static void release_at(Graph *graph, int slot) {
    for (Node *node = graph->value_releases[slot]; node; node = node->plan->next_value_release)
        tensor_release(&node->value);
    for (Node *node = graph->value_pauses[slot]; node; node = node->plan->next_value_pause)
        tensor_release(&node->value);
    for (Node *node = graph->saved_releases[slot]; node; node = node->plan->next_saved_release)
        for (int i = 0; i < node->saved_count; i++) tensor_release(&node->saved[i]);
}

static bool no_memory(const Node *node, const Shape *shape, Error *error) {
    return error_set(error,
                     "%s: not enough memory on device %s for %s; try a smaller batch or size",
                     node->op->name, node->graph->device->name, shape_text(shape).text);
}

static bool allocate(Node *node, Error *error) {
    if (!node->value.data) node->value = tensor_create(node->graph->device, node->shape);
    if (!node->value.data) return no_memory(node, &node->shape, error);
    for (int i = 0; i < node->saved_count; i++) {
        if (!node->saved[i].data)
            node->saved[i] = tensor_create(node->graph->device, node->plan->saved_shapes[i]);
        if (!node->saved[i].data) return no_memory(node, &node->plan->saved_shapes[i], error);
    }
    return true;
}

/* Release the values that a forward without a backward has kept. */
static void release_run(Graph *graph) {
    for (int i = 0; i < graph->count; i++) {
        Node *node = graph->nodes[i];
        if (!node_is_leaf(node)) node_release(node);
        node->gradient_written = false;
    }
}

static bool fuses_input(const Node *node) {
    return node->inputs[0]->plan->fused_into == node;
}

static void run_kernel(Node *node, Kernel kernel) {
    PROMISE(kernel, "%s has no kernel for device %s", node->op->name, node->graph->device->name);
    kernel(node);
}

bool graph_forward(Graph *graph, Error *error) {
    if (graph->error.text[0]) return error_set(error, "%s", graph->error.text);
    if (!graph->planned) graph_plan(graph);
    release_run(graph);
    graph->has_run = true;
    for (int i = 0; i < graph->count; i++) {
        Node *node = graph->nodes[i];
        if (!node->plan->reached || node_is_leaf(node) || node->plan->fused_into) continue;
        if (!allocate(node, error)) {
            release_run(graph);
            return false;
        }
        run_kernel(node, fuses_input(node) ? node->plan->fused : node->plan->forward);
        release_at(graph, i);
    }
    return true;
}

/* Create a gradient buffer for every requested input, and record whether this share is its
 * first. */
static bool prepare_input_gradients(Node *node, Error *error) {
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        node->input_gradients[i] = (Gradient){ NULL, false };
        if (!node_wants_gradient_of(node, i)) continue;
        if (!input->gradient.data)
            input->gradient = tensor_create(node->graph->device, input->shape);
        if (!input->gradient.data) return no_memory(node, &input->shape, error);
        node->input_gradients[i] = (Gradient){ input->gradient.data, input->gradient_written };
        input->gradient_written = true;
    }
    return true;
}

/* Recompute the values that the node's backward reads and that were not kept, after recomputing
 * their own inputs in the same way. */
static bool recompute_inputs(const Node *node, Error *error) {
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        if (!(node->op->backward_reads >> i & 1) || !input->plan->recomputed || input->value.data)
            continue;
        if (!recompute_inputs(input, error) || !allocate(input, error)) return false;
        run_kernel(input, input->plan->recompute);
    }
    return true;
}

static bool stand_in(Node *node, Error *error) {
    if (node->value.data) return true;
    if (!allocate(node, error)) return false;
    tensor_fill(&node->value, NAN);
    node->plan->stood_in = true;
    return true;
}

static void stand_in_ends(Node *node) {
    if (node->plan->stood_in) tensor_release(&node->value);
    node->plan->stood_in = false;
}

static bool run_backward(Node *node, Error *error) {
    if (!node->graph->shows_undeclared_reads) {
        run_kernel(node, node->plan->backward);
        return true;
    }
    bool done = stand_in(node, error);
    for (int i = 0; done && i < node->input_count; i++) done = stand_in(node->inputs[i], error);
    if (done) run_kernel(node, node->plan->backward);
    for (int i = 0; i < node->input_count; i++) stand_in_ends(node->inputs[i]);
    stand_in_ends(node);
    return done;
}

/* cotangent NULL: all ones, filled on the device. */
static bool backward(Graph *graph, const real *cotangent, Error *error) {
    PROMISE(graph->has_run && graph->loss, "backward needs a loss and a forward run before it");
    Node *loss = graph->loss;
    graph->has_run = false;
    if (!node_is_leaf(loss) && loss->runs_backward) {
        loss->gradient = tensor_create(graph->device, loss->shape);
        if (!loss->gradient.data) return no_memory(loss, &loss->shape, error);
        if (cotangent)
            tensor_upload(&loss->gradient, cotangent);
        else
            tensor_fill(&loss->gradient, 1);
    }
    for (int i = graph->count - 1; i >= 0; i--) {
        Node *node = graph->nodes[i];
        if (!node_is_leaf(node) && node->plan->reached && node->runs_backward) {
            if (!recompute_inputs(node, error) || !prepare_input_gradients(node, error) ||
                !run_backward(node, error))
                return false;
        }
        if (!node_is_leaf(node)) tensor_release(&node->gradient);
        release_at(graph, 2 * graph->count - 1 - i);
    }
    return true;
}

bool graph_backward_from(Graph *graph, const real *cotangent, Error *error) {
    return backward(graph, cotangent, error);
}

bool graph_backward(Graph *graph, Error *error) {
    PROMISE(graph->loss && shape_elements(&graph->loss->shape) == 1, "the loss must be a scalar");
    return backward(graph, NULL, error);
}
