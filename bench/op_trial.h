/* op_trial.h - benchmarks of single ops: forward and backward kernel of one node.
 *
 * A section lists its cases in a table. The bytes of a row are counted in full passes over x (the
 * op's first input) and y (its output): `forward = { 2, 1 }` reads x twice and writes y once. Other
 * operands (weights, statistics) are too small to count.
 */
#ifndef BENCH_OP_TRIAL_H
#define BENCH_OP_TRIAL_H

#include "autograd/graph.h"
#include "bench/bench.h"

typedef struct Passes {
    double x, y;
} Passes;

typedef struct OpCase {
    const char *name;
    Shape x;
    Node *(*build)(Node *x);  /* the op; creates its other inputs with op_trial_input */
    Passes forward, backward; /* backward {0, 0}: not measured */
    bool evaluation;          /* in a graph that does not train */
} OpCase;

/* Another input in x's graph, uniform between low and high, with a gradient. */
Node *op_trial_input(const Node *x, const char *name, Shape shape, double low, double high);

/* The rows of cases[0..count-1]. */
void bench_ops(Bench *bench, const OpCase *cases, int count);

#endif
