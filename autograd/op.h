/* op.h - what an op is.
 *
 * An op is one file: formula, shape rule, forward, backward, probe, public function. It is one
 * `const Op op_NAME` and one line in its room's ops.def, which declares the public function and
 * puts the op in the table that the tests walk. The GPU twins of its kernels are NAME_forward_gpu
 * and NAME_backward_gpu in cuda/; a build without a GPU leaves their places empty.
 *
 * A kernel sees only its node: inputs[i]->value.data and ->shape, attributes, value.data,
 * saved[i].data; backward also gradient.data (read) and input_gradients[i] (write).
 * If the same node stands in two places, its gradient is accumulated in input order: write a
 * share of input i before that of input i + 1.
 */
#ifndef AUTOGRAD_OP_H
#define AUTOGRAD_OP_H

#include "tensor/device.h"
#include "tensor/parallel.h"
#include "tensor/real.h"
#include "tensor/tensor.h"

typedef struct Node Node;
typedef struct Op Op;
typedef struct ProbeCase ProbeCase;

enum { OP_MAX_SAVED = 4, OP_MAX_INPUTS = 8 };

/* Sets of inputs, as bits; and the op's own output. */
#define INPUT(i) (1u << (i))
#define ALL_INPUTS 0x7fffffffu
#define OUTPUT 0x80000000u

typedef void (*Kernel)(Node *node);

/* An op that nothing is differentiated through names no backward. */
struct Op {
    const char *name;
    unsigned differentiable; /* inputs that can have a gradient */
    unsigned backward_reads; /* inputs, and OUTPUT, whose value backward reads; others go early */
    bool (*shape)(Node *node, Error *error); /* check the inputs; set node->shape, node_save */
    Kernel forward[DEVICE_KINDS];
    Kernel backward[DEVICE_KINDS];
    const ProbeCase *probe;                     /* see probe.h */
    int64_t (*multiply_adds)(const Node *node); /* of forward; NULL: not counted */

    /* An op that can do the work of input 0's op along with its own, without what lies between in
     * memory: whether it can here, and the kernel. Used where no gradient runs through, and nobody
     * else reads that input, whose value is then empty. NULL: the op never can. */
    bool (*absorbs)(const Node *node);
    Kernel absorbing[DEVICE_KINDS];

    /* Writes the value once more, to the bit, in backward: from what the op's own backward reads
     * and no more. A large value is then not kept from its last reader in forward to its
     * first in backward (Chen et al., "Training deep nets with sublinear memory cost", 2016). For
     * an op that costs about as much as a copy; NULL: the value is kept. */
    Kernel again[DEVICE_KINDS];
};

/* Both kernels of one name. A program linked without cuda/ has NULL for the second. */
#define KERNEL(function) \
    { function##_cpu, function##_gpu }

/* What a line of an ops.def declares: the public function, the op, its kernels on the GPU. A room's
 * ops.h reads its table with OP defined as this. */
#define OP_DECLARATION(name, arguments)                        \
    Node *name arguments;                                      \
    extern const Op op_##name;                                 \
    void name##_forward_gpu(Node *node) __attribute__((weak)); \
    void name##_backward_gpu(Node *node) __attribute__((weak));

#endif
