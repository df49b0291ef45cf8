/* graph_plan.c - what runs, which nodes fuse, when each value is released, what is recomputed. */
#include "autograd/graph_plan.h"

#include "tensor/memory.h"

#include <stdlib.h>

/* Smaller values are kept for backward: most values are small, and together they take little
 * memory. */
enum { RECOMPUTE_BYTES = 4 << 20 };

/* Which nodes must run forward, which have gradients, which of those the loss depends on. */
static void plan_reach(Graph *graph) {
    const int n = graph->count;
    for (int i = 0; i < n; i++) {
        Node *node = graph->nodes[i];
        node->plan->reached = node->plan->kept || node == graph->loss;
        node->runs_backward = node == graph->loss && !node_is_leaf(node);
        if (node->parameter)
            node->needs_gradient =
                !node->parameter->frozen && node->parameter->kind != PARAMETER_BUFFER;
        if (node_is_leaf(node)) continue;
        node->needs_gradient = false;
        for (int j = 0; j < node->input_count; j++)
            node->needs_gradient |= node_wants_gradient_of(node, j);
    }
    for (int i = n - 1; i >= 0; i--) {
        Node *node = graph->nodes[i];
        if (node_is_leaf(node)) continue;
        node->runs_backward = node->runs_backward && node->needs_gradient;
        for (int j = 0; j < node->input_count; j++) {
            node->inputs[j]->plan->reached |= node->plan->reached;
            if (node->runs_backward && node_wants_gradient_of(node, j))
                node->inputs[j]->runs_backward = true;
        }
    }
}

/* Which nodes fuse their first input's op. */
static void plan_fusion(Graph *graph) {
    for (int i = 0; i < graph->count; i++) {
        graph->nodes[i]->plan->readers = 0;
        graph->nodes[i]->plan->fused_into = NULL;
    }
    for (int i = 0; i < graph->count; i++) {
        const Node *node = graph->nodes[i];
        for (int j = 0; node->plan->reached && j < node->input_count; j++)
            node->inputs[j]->plan->readers++;
    }
    for (int i = 0; i < graph->count; i++) {
        const Node *node = graph->nodes[i];
        if (!node->plan->reached || node_is_leaf(node) || node->runs_backward || !node->op->fuses)
            continue;
        Node *input = node->inputs[0];
        if (input->plan->readers == 1 && !node_is_leaf(input) && !input->plan->kept &&
            input != graph->loss && node->op->fuses(node))
            input->plan->fused_into = node;
    }
}

static void later(int *slot, int candidate) {
    if (candidate > *slot) *slot = candidate;
}

static void plan_last_uses(Graph *graph) {
    const int n = graph->count;
    for (int i = 0; i < n; i++) {
        Node *node = graph->nodes[i];
        if (!node->plan->reached || node_is_leaf(node)) continue;
        const int backward = 2 * n - 1 - i;
        node->plan->value_last_use = node->plan->forward_last_use = i;
        node->plan->saved_last_use = node->runs_backward ? backward : i;
        if (node->runs_backward && (node->op->backward_reads & OUTPUT))
            node->plan->value_last_use = backward;
        const int forward = node->plan->fused_into ? node->plan->fused_into->index : i;
        for (int j = 0; j < node->input_count; j++) {
            later(&node->inputs[j]->plan->value_last_use, forward);
            later(&node->inputs[j]->plan->forward_last_use, forward);
            if (node->runs_backward && (node->op->backward_reads >> j & 1))
                later(&node->inputs[j]->plan->value_last_use, backward);
        }
    }
}

/* Whether to recompute a value instead of keeping it. The inputs of `recompute` exist until the
 * node's own backward, which runs after that of its readers, or are themselves recomputed
 * before. */
static bool worth_recomputing(const Graph *graph, const Node *node) {
    return node->runs_backward && node->plan->recompute && !(node->op->backward_reads & OUTPUT) &&
           node->plan->value_last_use >= graph->count &&
           shape_elements(&node->shape) * (int64_t)sizeof(real) >= RECOMPUTE_BYTES;
}

static void plan_value(Graph *graph, Node *node) {
    node->plan->recomputed = false;
    if (node->plan->kept || node == graph->loss) return;
    node->plan->next_value_release = graph->value_releases[node->plan->value_last_use];
    graph->value_releases[node->plan->value_last_use] = node;
    node->plan->recomputed = worth_recomputing(graph, node);
    if (!node->plan->recomputed) return;
    node->plan->next_value_pause = graph->value_pauses[node->plan->forward_last_use];
    graph->value_pauses[node->plan->forward_last_use] = node;
}

void graph_plan(Graph *graph) {
    const size_t slots = 2 * (size_t)graph->count;
    free(graph->value_releases);
    free(graph->saved_releases);
    free(graph->value_pauses);
    graph->value_releases = memory_new(slots, sizeof(Node *));
    graph->saved_releases = memory_new(slots, sizeof(Node *));
    graph->value_pauses = memory_new(slots, sizeof(Node *));
    plan_reach(graph);
    plan_fusion(graph);
    plan_last_uses(graph);
    for (int i = 0; i < graph->count; i++) {
        Node *node = graph->nodes[i];
        if (!node->plan->reached || node_is_leaf(node)) continue;
        node->plan->next_saved_release = graph->saved_releases[node->plan->saved_last_use];
        graph->saved_releases[node->plan->saved_last_use] = node;
        plan_value(graph, node);
    }
    graph->planned = true;
}
