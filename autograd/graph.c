/* Time. A run has 2n slots for n nodes: slot i is the forward of node i, slot 2n-1-i its backward.
 * A value is released after the last slot that reads it; graph_plan finds those slots once. */
#include "autograd/graph.h"

#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Smaller values are kept for backward: they are most of the values, but little of the memory. */
enum { MADE_AGAIN_BYTES = 4 << 20 };

typedef struct Arena {
    struct Arena *next;
    size_t used;
    _Alignas(16) char bytes[16384 - 32];
} Arena;

struct Graph {
    const Device *device;
    bool training;
    Error error;
    Arena *arena;
    Node **nodes;
    int count, capacity;
    Node *loss;
    bool planned, has_run;
    Node **value_releases, **saved_releases; /* per slot: list of nodes */
    Node **value_pauses;                     /* the same: released there too, then made again */
};

/* ---- Building ---- */

static void *arena_take(Graph *graph, size_t bytes) {
    bytes = (bytes + 15) / 16 * 16;
    PROMISE(bytes <= sizeof graph->arena->bytes, "a node of %zu bytes", bytes);
    if (!graph->arena || graph->arena->used + bytes > sizeof graph->arena->bytes) {
        Arena *arena = memory_new(1, sizeof *arena);
        arena->next = graph->arena;
        graph->arena = arena;
    }
    void *taken = graph->arena->bytes + graph->arena->used;
    graph->arena->used += bytes;
    return taken;
}

Graph *graph_create(const Device *device, bool training) {
    Graph *graph = memory_new(1, sizeof *graph);
    graph->device = device;
    graph->training = training;
    return graph;
}

static void node_release(Node *node) {
    tensor_release(&node->value);
    if (!node->parameter) tensor_release(&node->gradient);
    for (int i = 0; i < node->saved_count; i++) tensor_release(&node->saved[i]);
}

void graph_destroy(Graph *graph) {
    if (!graph) return;
    for (int i = 0; i < graph->count; i++) node_release(graph->nodes[i]);
    for (Arena *arena = graph->arena, *next; arena; arena = next) {
        next = arena->next;
        free(arena);
    }
    free(graph->nodes);
    free(graph->value_releases);
    free(graph->saved_releases);
    free(graph->value_pauses);
    free(graph);
}

static Node *append_blank(Graph *graph, const char *name) {
    if (graph->count == graph->capacity) {
        graph->capacity = graph->capacity ? 2 * graph->capacity : 64;
        graph->nodes = memory_resize(graph->nodes, (size_t)graph->capacity, sizeof *graph->nodes);
    }
    Node *node = arena_take(graph, sizeof *node);
    node->graph = graph;
    node->index = graph->count;
    if (name) node->name = strcpy(arena_take(graph, strlen(name) + 1), name);
    graph->nodes[graph->count++] = node;
    graph->planned = false;
    return node;
}

Node *graph_input(Graph *graph, const char *name, Shape shape) {
    Node *node = append_blank(graph, name);
    node->shape = shape;
    node->value = tensor_create(graph->device, shape);
    if (node->value.data) return node;
    if (!graph->error.text[0])
        error_no_memory(&graph->error, "input '%s' %s", name, shape_text(&shape).text);
    return NULL;
}

Node *graph_parameter(Graph *graph, Parameter *parameter) {
    for (int i = 0; i < graph->count; i++)
        if (graph->nodes[i]->parameter == parameter) return graph->nodes[i];
    Node *node = append_blank(graph, parameter->name);
    node->shape = parameter->value.shape;
    node->value = tensor_share(&parameter->value);
    node->gradient = parameter->gradient;
    node->parameter = parameter;
    return node;
}

/* "'conv1.weight' [16,3,3,3]" or "output of relu [8,64,64,16]", for messages. */
static void describe(const Node *node, char *text, size_t room) {
    const ShapeText shape = shape_text(&node->shape);
    if (node->name)
        snprintf(text, room, "'%s' %s", node->name, shape.text);
    else
        snprintf(text, room, "output of %s %s", node->op->name, shape.text);
}

static Node *append_failed(Graph *graph, Node *node, const Error *cause) {
    char inputs[512] = "";
    for (int i = 0; i < node->input_count; i++) {
        const size_t used = strlen(inputs);
        if (used + 8 >= sizeof inputs) break;
        if (i) strcat(inputs, ", ");
        describe(node->inputs[i], inputs + strlen(inputs), sizeof inputs - strlen(inputs));
    }
    if (!graph->error.text[0])
        error_set(&graph->error, "%s(%s): %s", node->op->name, inputs, cause->text);
    graph->count--; /* the node never was */
    return NULL;
}

Kernel op_kernel(const OpKernel *kernel, const Device *device) {
    if (device->kind == DEVICE_CPU) return kernel->cpu;
    return kernel->gpu ? (Kernel)device->kernel(kernel->gpu) : NULL;
}

Node *graph_append(const Op *op, Node *const *inputs, int input_count, const void *attributes,
                   size_t attribute_bytes) {
    PROMISE(input_count >= 1 && input_count <= OP_MAX_INPUTS, "%s: %d inputs", op->name,
            input_count);
    for (int i = 0; i < input_count; i++)
        if (!inputs[i]) return NULL;
    Graph *graph = inputs[0]->graph;
    Node *node = append_blank(graph, NULL);
    node->op = op;
    node->forward = op_kernel(&op->forward, graph->device);
    node->backward = op_kernel(&op->backward, graph->device);
    node->fused = op_kernel(&op->fused, graph->device);
    node->recompute = op_kernel(&op->recompute, graph->device);
    node->input_count = input_count;
    node->inputs = arena_take(graph, (size_t)input_count * sizeof *node->inputs);
    memcpy(node->inputs, inputs, (size_t)input_count * sizeof *inputs);
    node->input_gradients = arena_take(graph, (size_t)input_count * sizeof *node->input_gradients);
    if (attribute_bytes)
        node->attributes = memcpy(arena_take(graph, attribute_bytes), attributes, attribute_bytes);
    for (int i = 0; i < input_count; i++)
        PROMISE(inputs[i]->graph == graph, "%s: inputs of two graphs", op->name);
    Error cause = { "" };
    return op->shape(node, &cause) ? node : append_failed(graph, node, &cause);
}

int node_save(Node *node, Shape shape) {
    PROMISE(node->saved_count < OP_MAX_SAVED, "%s saves too much", node->op->name);
    node->saved_shapes[node->saved_count] = shape;
    return node->saved_count++;
}

void graph_want_gradient(Node *input) {
    PROMISE(!input->op && !input->parameter, "graph_want_gradient: not an input leaf");
    input->needs_gradient = true;
    input->graph->planned = false;
}

void graph_set_loss(Graph *graph, Node *loss) {
    graph->loss = loss;
    graph->planned = false;
}

void graph_keep(Node *node) {
    if (!node) return;
    node->kept = true;
    node->graph->planned = false;
}

bool graph_is_training(const Graph *graph) {
    return graph->training;
}

const char *graph_error(const Graph *graph) {
    return graph->error.text[0] ? graph->error.text : NULL;
}

int graph_node_count(const Graph *graph) {
    return graph->count;
}

Node *graph_node(const Graph *graph, int index) {
    return graph->nodes[index];
}

/* ---- Planning ---- */

static bool leaf(const Node *node) {
    return !node->op;
}

static bool wants(const Node *node, int input) {
    return (node->op->differentiable >> input & 1) && node->inputs[input]->needs_gradient;
}

/* Which nodes must run forward, which have gradients, which of those the loss depends on. */
static void plan_reach(Graph *graph) {
    const int n = graph->count;
    for (int i = 0; i < n; i++) {
        Node *node = graph->nodes[i];
        node->reached = node->kept || node == graph->loss;
        node->runs_backward = node == graph->loss && !leaf(node);
        if (node->parameter)
            node->needs_gradient =
                !node->parameter->frozen && node->parameter->kind != PARAMETER_BUFFER;
        if (leaf(node)) continue;
        node->needs_gradient = false;
        for (int j = 0; j < node->input_count; j++) node->needs_gradient |= wants(node, j);
    }
    for (int i = n - 1; i >= 0; i--) {
        Node *node = graph->nodes[i];
        if (leaf(node)) continue;
        node->runs_backward = node->runs_backward && node->needs_gradient;
        for (int j = 0; j < node->input_count; j++) {
            node->inputs[j]->reached |= node->reached;
            if (node->runs_backward && wants(node, j)) node->inputs[j]->runs_backward = true;
        }
    }
}

/* Which nodes do the work of their first input too. */
static void plan_absorption(Graph *graph) {
    for (int i = 0; i < graph->count; i++) {
        graph->nodes[i]->readers = 0;
        graph->nodes[i]->fused_into = NULL;
    }
    for (int i = 0; i < graph->count; i++) {
        const Node *node = graph->nodes[i];
        for (int j = 0; node->reached && j < node->input_count; j++) node->inputs[j]->readers++;
    }
    for (int i = 0; i < graph->count; i++) {
        const Node *node = graph->nodes[i];
        if (!node->reached || leaf(node) || node->runs_backward || !node->op->fuses) continue;
        Node *input = node->inputs[0];
        if (input->readers == 1 && !leaf(input) && !input->kept && input != graph->loss &&
            node->op->fuses(node))
            input->fused_into = node;
    }
}

static void later(int *slot, int candidate) {
    if (candidate > *slot) *slot = candidate;
}

static void plan_last_uses(Graph *graph) {
    const int n = graph->count;
    for (int i = 0; i < n; i++) {
        Node *node = graph->nodes[i];
        if (!node->reached || leaf(node)) continue;
        const int backward = 2 * n - 1 - i;
        node->value_last_use = node->forward_last_use = i;
        node->saved_last_use = node->runs_backward ? backward : i;
        if (node->runs_backward && (node->op->backward_reads & OUTPUT))
            node->value_last_use = backward;
        const int forward = node->fused_into ? node->fused_into->index : i;
        for (int j = 0; j < node->input_count; j++) {
            later(&node->inputs[j]->value_last_use, forward);
            later(&node->inputs[j]->forward_last_use, forward);
            if (node->runs_backward && (node->op->backward_reads >> j & 1))
                later(&node->inputs[j]->value_last_use, backward);
        }
    }
}

/* Whether a value is better made twice than kept. What `again` reads is there until the node's own
 * backward, which comes after that of its readers, or is itself made again before. */
static bool worth_recomputing(const Graph *graph, const Node *node) {
    return node->runs_backward && node->recompute && !(node->op->backward_reads & OUTPUT) &&
           node->value_last_use >= graph->count &&
           shape_elements(&node->shape) * (int64_t)sizeof(real) >= MADE_AGAIN_BYTES;
}

static void plan_value(Graph *graph, Node *node) {
    node->recomputed = false;
    if (node->kept || node == graph->loss) return;
    node->next_value_release = graph->value_releases[node->value_last_use];
    graph->value_releases[node->value_last_use] = node;
    node->recomputed = worth_recomputing(graph, node);
    if (!node->recomputed) return;
    node->next_value_pause = graph->value_pauses[node->forward_last_use];
    graph->value_pauses[node->forward_last_use] = node;
}

static void plan(Graph *graph) {
    const size_t slots = 2 * (size_t)graph->count;
    free(graph->value_releases);
    free(graph->saved_releases);
    free(graph->value_pauses);
    graph->value_releases = memory_new(slots, sizeof(Node *));
    graph->saved_releases = memory_new(slots, sizeof(Node *));
    graph->value_pauses = memory_new(slots, sizeof(Node *));
    plan_reach(graph);
    plan_absorption(graph);
    plan_last_uses(graph);
    for (int i = 0; i < graph->count; i++) {
        Node *node = graph->nodes[i];
        if (!node->reached || leaf(node)) continue;
        node->next_saved_release = graph->saved_releases[node->saved_last_use];
        graph->saved_releases[node->saved_last_use] = node;
        plan_value(graph, node);
    }
    graph->planned = true;
}

/* ---- Running ---- */

static void release_at(Graph *graph, int slot) {
    for (Node *node = graph->value_releases[slot]; node; node = node->next_value_release)
        tensor_release(&node->value);
    for (Node *node = graph->value_pauses[slot]; node; node = node->next_value_pause)
        tensor_release(&node->value);
    for (Node *node = graph->saved_releases[slot]; node; node = node->next_saved_release)
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
            node->saved[i] = tensor_create(node->graph->device, node->saved_shapes[i]);
        if (!node->saved[i].data) return no_memory(node, &node->saved_shapes[i], error);
    }
    return true;
}

/* What a forward without a backward left behind. */
static void release_run(Graph *graph) {
    for (int i = 0; i < graph->count; i++) {
        Node *node = graph->nodes[i];
        if (!leaf(node)) node_release(node);
        node->gradient_written = false;
    }
}

static bool fuses_input(const Node *node) {
    return node->inputs[0]->fused_into == node;
}

static void run_kernel(Node *node, Kernel kernel) {
    PROMISE(kernel, "%s has no kernel for device %s", node->op->name, node->graph->device->name);
    kernel(node);
}

bool graph_forward(Graph *graph, Error *error) {
    if (graph->error.text[0]) return error_set(error, "%s", graph->error.text);
    if (!graph->planned) plan(graph);
    release_run(graph);
    graph->has_run = true;
    for (int i = 0; i < graph->count; i++) {
        Node *node = graph->nodes[i];
        if (!node->reached || leaf(node) || node->fused_into) continue;
        if (!allocate(node, error)) {
            release_run(graph);
            return false;
        }
        run_kernel(node, fuses_input(node) ? node->fused : node->forward);
        release_at(graph, i);
    }
    return true;
}

/* Give every wanted input a gradient buffer and say whether this share is its first. */
static bool prepare_input_gradients(Node *node, Error *error) {
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        node->input_gradients[i] = (Gradient){ NULL, false };
        if (!wants(node, i)) continue;
        if (!input->gradient.data)
            input->gradient = tensor_create(node->graph->device, input->shape);
        if (!input->gradient.data) return no_memory(node, &input->shape, error);
        node->input_gradients[i] = (Gradient){ input->gradient.data, input->gradient_written };
        input->gradient_written = true;
    }
    return true;
}

/* Make those values again that the node's backward reads and that were not kept; before each, in
 * the same way, what it is made of. */
static bool recompute_inputs(const Node *node, Error *error) {
    for (int i = 0; i < node->input_count; i++) {
        Node *input = node->inputs[i];
        if (!(node->op->backward_reads >> i & 1) || !input->recomputed || input->value.data)
            continue;
        if (!recompute_inputs(input, error) || !allocate(input, error)) return false;
        run_kernel(input, input->recompute);
    }
    return true;
}

/* cotangent NULL: all ones, which need not travel from the host. */
static bool backward(Graph *graph, const real *cotangent, Error *error) {
    PROMISE(graph->has_run && graph->loss, "backward needs a loss and a forward run before it");
    Node *loss = graph->loss;
    graph->has_run = false;
    if (!leaf(loss) && loss->runs_backward) {
        loss->gradient = tensor_create(graph->device, loss->shape);
        if (!loss->gradient.data) return no_memory(loss, &loss->shape, error);
        if (cotangent)
            tensor_upload(&loss->gradient, cotangent);
        else
            tensor_fill(&loss->gradient, 1);
    }
    for (int i = graph->count - 1; i >= 0; i--) {
        Node *node = graph->nodes[i];
        if (!leaf(node) && node->reached && node->runs_backward) {
            if (!recompute_inputs(node, error) || !prepare_input_gradients(node, error))
                return false;
            run_kernel(node, node->backward);
        }
        if (!leaf(node)) tensor_release(&node->gradient);
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
