/* probe.h - the test cases and the oracle of an op.
 *
 * Each op has a probe: how to build the node, a naive oracle that a reader can check by eye, and a
 * list of ProbeCases, which are small sample inputs. op_check (op_check.h) runs them.
 *
 *     static Node *build(Node *const *in, const double *arguments) {
 *         return op_scale(in[0], (real)arguments[0]);
 *     }
 *
 *     static const ProbeCase scale_cases[] = {
 *         { "odd", { { { 3, 5, 7 } } }, { -1.75 }, .axes = { "abc" } },
 *         { "a vector, positive", { { { 4 }, .low = 0.5, .high = 2 } }, { 3 } },
 *         { 0 },
 *     };
 *
 *     const Op scale_op = { ..., .probe = { build, oracle, scale_cases } };
 *
 * An op without a probe does not pass; a case without a name ends the list.
 */
#ifndef AUTOGRAD_PROBE_H
#define AUTOGRAD_PROBE_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* How one input is filled. */
typedef enum ProbeFill {
    PROBE_UNIFORM,  /* uniform in [low, high) */
    PROBE_DISTINCT, /* a shuffled, even spread of [low, high): no two elements are close, so that
                       a maximum has a gradient */
    PROBE_INTEGER,  /* uniform among the integers low..high, inclusive: labels, channel numbers */
    PROBE_BALL,     /* rows uniform in direction, with norms uniform in [low, high) */
    PROBE_CLEAR     /* as PROBE_UNIFORM, but no closer than 0.05 to zero, where relu has a kink */
} ProbeFill;

typedef struct ProbeInput {
    int64_t size[SHAPE_MAX_RANK]; /* outermost first, none of them 0; as many as the rank */
    double low, high;             /* 0, 0 means -1, 1, except for PROBE_INTEGER */
    ProbeFill fill;
} ProbeInput;

enum { PROBE_MAX_ARGUMENTS = 4 };

struct ProbeCase {
    const char *name; /* "3x3 stride 2, odd" */
    ProbeInput inputs[OP_MAX_INPUTS];
    double arguments[PROBE_MAX_ARGUMENTS]; /* of build: a stride, a curvature, ... */
    bool training;                         /* build in a training graph (batch norm) */

    /* The axes that op_check may vary: one letter for each axis of an input, equal letters for axes
     * of equal size, as { "nhwc", "c" } for a bias; a dot for an axis of fixed size. Integers
     * number the channels of axis c. */
    const char *axes[OP_MAX_INPUTS];

    /* Whether a slope may be too small, relative to the output, for a sharp comparison
     * (gradient_check.h). It is then compared within the rounding error. */
    bool loose;
};

/* The number of inputs of a case, and the shape of one. */
static inline int probe_input_count(const ProbeCase *probe) {
    int count = 0;
    while (count < OP_MAX_INPUTS && probe->inputs[count].size[0] > 0) count++;
    return count;
}

static inline Shape probe_shape(const ProbeInput *input) {
    Shape shape = { 0 };
    while (shape.rank < SHAPE_MAX_RANK && input->size[shape.rank] > 0) {
        shape.size[shape.rank] = input->size[shape.rank];
        shape.rank++;
    }
    return shape;
}

/* The node of a case of the op on these inputs; NULL if the op refuses them. */
static inline Node *probe_build(const Op *op, const ProbeCase *probe, Node *const *inputs) {
    Node *padded[OP_MAX_INPUTS] = { NULL };
    for (int i = 0; i < probe_input_count(probe); i++) padded[i] = inputs[i];
    return op->probe.build(padded, probe->arguments);
}

PUBLIC_END

#endif
