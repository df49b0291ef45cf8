/* probe.h - how an op shows that it is right.
 *
 * Each op file ends its description with a list of ProbeCases: small sample inputs, how to build
 * the node, and a naive oracle that a reader can check by eye. The tests walk the op tables and,
 * for every case: compare forward with the oracle, check the gradient in double for every subset
 * of the inputs, run twice for the same bits, and compare devices.
 * An op without a probe does not compile; a case without a build function ends the list.
 */
#ifndef AUTOGRAD_PROBE_H
#define AUTOGRAD_PROBE_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* How one input is filled. */
typedef enum ProbeFill {
    PROBE_UNIFORM,  /* uniform in [low, high); (0, 0) means [-1, 1) */
    PROBE_DISTINCT, /* a shuffled, even spread of [low, high): no two elements are close, so that
                       a maximum has a gradient. (0, 0) means [-1, 1) */
    PROBE_INTEGER,  /* uniform among the integers low..high, inclusive: labels, channel numbers */
    PROBE_BALL,     /* rows uniform in direction, with norms uniform in [low, high) */
    PROBE_CLEAR     /* as PROBE_UNIFORM, but no closer than 0.05 to zero, where relu has a kink */
} ProbeFill;

typedef struct ProbeInput {
    Shape shape;
    ProbeFill fill;
    double low, high;
} ProbeInput;

struct ProbeCase {
    const char *name; /* "3x3 stride 2, odd" */
    int input_count;
    ProbeInput inputs[OP_MAX_INPUTS];
    Node *(*build)(Node *const *inputs);              /* calls the op's public function */
    void (*oracle)(const Node *node, double *output); /* naive; reads inputs and attributes */
    bool training;                                    /* build in a training graph (batch norm) */
};

PUBLIC_END

#endif
