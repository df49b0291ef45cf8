/* op.h - the parts of an op, and how it is registered.
 *
 * An op is one file: formula, shape rule, forward, backward, probe, public function. It is one
 * `const Op NAME_op` and one line in its room's ops.def, below the op's contract, which declares the
 * public function op_NAME and puts the op in the table that the tests walk with op_check
 * (op_check.h). Its GPU kernels are GPU_OP(NAME_forward) and GPU_OP(NAME_backward) in cuda/. The op
 * refers to them by name, because the GPU's kernels are a separate library.
 *
 * A kernel sees only its node: inputs[i]->value.data and ->shape, attributes, value.data,
 * saved[i].data; backward also gradient.data (read) and input_gradients[i] (write).
 * If one node is the input in two places, its gradient is accumulated in input order: write the
 * share of input i before that of input i + 1.
 */
#ifndef AUTOGRAD_OP_H
#define AUTOGRAD_OP_H

#include "tensor/device.h"
#include "tensor/parallel.h"
#include "tensor/public.h"
#include "tensor/real.h"
#include "tensor/tensor.h"

PUBLIC_BEGIN

typedef struct Node Node;
typedef struct Op Op;
typedef struct ProbeCase ProbeCase;

enum { OP_MAX_SAVED = 4, OP_MAX_INPUTS = 8 };

/* Sets of inputs, as bits; and the op's own output. */
#define INPUT(i) (1u << (i))
#define ALL_INPUTS 0x7fffffffu
#define OUTPUT 0x80000000u

typedef void (*Kernel)(Node *node);

/* A kernel on every device. */
typedef struct OpKernel {
    Kernel cpu;
    const char *gpu; /* the GPU kernel's name (Device.kernel); NULL: none */
} OpKernel;

/* The CPU's kernel called function_cpu, and the GPU's of the same name. Rules of optimisers and
 * other work that is no op hold structs like OpKernel, with kernels of their own types. */
#define KERNEL(function) \
    { function##_cpu, #function }

/* The kernel for a device; NULL: there is none. */
Kernel op_kernel(const OpKernel *kernel, const Device *device);

/* Test cases and oracle of an op; see probe.h. */
typedef struct Probe {
    /* Calls the op's public function on a case's inputs, followed by NULLs, and its arguments. */
    Node *(*build)(Node *const *inputs, const double *arguments);
    /* Naive; reads inputs and attributes. output: zeros at first. */
    void (*oracle)(const Node *node, double *output);
    const ProbeCase *cases;
} Probe;

/* An op without differentiable inputs has no backward. */
struct Op {
    const char *name;
    unsigned differentiable; /* inputs that can have a gradient */
    unsigned backward_reads; /* inputs, and OUTPUT, that backward reads; others are freed early */
    bool (*shape)(Node *node, Error *error); /* check the inputs; set node->shape, node_save */
    OpKernel forward, backward;
    Probe probe;
    int64_t (*multiply_adds)(const Node *node); /* of forward; NULL: not counted */

    /* Fusion with the op of input 0: whether this node can compute both in one kernel, without the
     * intermediate value in memory, and that kernel. Used where no gradient flows through input 0
     * and no other node reads it; its value is then empty. NULL: the op never fuses. */
    bool (*fuses)(const Node *node);
    OpKernel fused;

    /* Recomputes the value in backward, bit-identical, from what the op's own backward reads
     * and no more. A large value is then not kept from its last reader in forward to its
     * first in backward (Chen et al., "Training deep nets with sublinear memory cost", 2016). For
     * an op that costs about as much as a copy; NULL: the value is kept. */
    OpKernel recompute;
};

/* What a line of an ops.def declares: the public function and the op. A room's ops.h includes its
 * table with OP defined as this. */
#define OP_DECLARATION(name, arguments) \
    Node *op_##name arguments;          \
    extern const Op name##_op;

PUBLIC_END

#endif
