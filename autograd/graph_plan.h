/* graph_plan.h - the fields of a Graph and of its plan. Private to graph.c, which builds graphs,
 * graph_plan.c, which plans them, and graph_run.c, which runs them.
 *
 * Time. A run has 2n slots for n nodes: slot i is the forward of node i, slot 2n-1-i its backward.
 * A value is released after the last slot that reads it; graph_plan finds those slots once. */
#ifndef AUTOGRAD_GRAPH_PLAN_H
#define AUTOGRAD_GRAPH_PLAN_H

#include "autograd/graph.h"

struct NodePlan {
    /* From graph_append on. */
    Kernel forward, backward, fused, recompute; /* the op's, on the graph's device */
    Shape saved_shapes[OP_MAX_SAVED];
    bool kept; /* value survives the run */

    /* From graph_plan on. */
    bool reached;                       /* the loss or a kept node depends on it */
    int readers;                        /* reached nodes' inputs that are this node */
    const Node *fused_into;             /* computed by that node's kernel; NULL: by its own */
    int value_last_use, saved_last_use; /* slots */
    int forward_last_use;
    bool recomputed; /* the value is not kept from forward to backward */
    bool stood_in;   /* while a backward runs: the value is NaN (Graph.shows_undeclared_reads) */
    Node *next_value_release, *next_saved_release, *next_value_pause;
};

typedef struct Arena Arena;

struct Graph {
    const Device *device;
    bool training;
    Error error;
    Arena *arena; /* nodes, their plans and attributes */
    Node **nodes;
    int count, capacity;
    Node *loss;
    bool planned, has_run;
    bool shows_undeclared_reads; /* a value that an op does not declare as read in backward is NaN
                                    then, not absent: a check finds the read rather than crash */
    Node **value_releases, **saved_releases; /* per slot: list of nodes */
    Node **value_pauses;                     /* the same: released there too, then recomputed */
};

static inline bool node_is_leaf(const Node *node) {
    return !node->op;
}

/* Whether backward must compute the gradient of that input. */
static inline bool node_wants_gradient_of(const Node *node, int input) {
    return (node->op->differentiable >> input & 1) && node->inputs[input]->needs_gradient;
}

/* Fill every node's plan and the graph's lists, for the current loss and kept nodes. */
void graph_plan(Graph *graph);

/* Release what a run has left in a node: its value, its gradient unless a parameter owns it, and
 * what was saved. */
void node_release(Node *node);

#endif
