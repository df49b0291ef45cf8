/* graph.c - building a graph: nodes, leaves, and the errors met on the way. */
#include "autograd/graph_plan.h"

#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Arena {
    struct Arena *next;
    size_t used;
    _Alignas(16) char bytes[16384 - 32];
};

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

void node_release(Node *node) {
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
    node->plan = arena_take(graph, sizeof *node->plan);
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

void graph_input_at(Node *input, const real *data) {
    tensor_release(&input->value);
    input->value = tensor_borrow(input->graph->device, input->shape, (real *)data);
}

Node *graph_constant(Graph *graph, const char *name, Shape shape, const real *values) {
    Node *node = graph_input(graph, name, shape);
    if (node) tensor_upload(&node->value, values);
    return node;
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
    node->plan->forward = op_kernel(&op->forward, graph->device);
    node->plan->backward = op_kernel(&op->backward, graph->device);
    node->plan->fused = op_kernel(&op->fused, graph->device);
    node->plan->recompute = op_kernel(&op->recompute, graph->device);
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
    node->plan->saved_shapes[node->saved_count] = shape;
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
    node->plan->kept = true;
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
