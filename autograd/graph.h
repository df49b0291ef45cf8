/* graph.h - the graph: define it once, run it many times.
 *
 *     Graph *graph = graph_create(device_cpu(), true);
 *     Node *image = graph_input(graph, "image", shape_4(8, 256, 256, 3));
 *     Node *x = op_conv2d(image, graph_parameter(graph, weight), NULL, 2, 1, 1);
 *     Node *loss = op_mean(op_square(x));
 *     graph_set_loss(graph, loss);
 *     while (...) {
 *         tensor_upload(&image->value, pixels);
 *         if (!graph_forward(graph, &error) || !graph_backward(graph, &error)) ...
 *         (weight->gradient is d loss / d weight now)
 *     }
 *
 * An op function (op_conv2d, op_relu, ...) appends a node and infers its shape; nothing is computed
 * until graph_forward. This has three advantages. Errors in shapes are found before any
 * computation: a failed op returns NULL, every op with a NULL input returns NULL, and graph_forward
 * reports the first message. The last reader of every value is known, so buffers are released early
 * and memory stays small; a large value that is cheap to compute is recomputed in backward instead
 * of kept. And steps after the first allocate nothing.
 *
 * Backward: node->gradient is d loss / d node->value. Walking the nodes in reverse, each op adds
 * its share into the gradients of its inputs (+=; the first to write overwrites instead, so no
 * buffer is ever cleared).
 */
#ifndef AUTOGRAD_GRAPH_H
#define AUTOGRAD_GRAPH_H

#include "autograd/gradient.h"
#include "autograd/op.h"
#include "tensor/public.h"
#include "tensor/tensor.h"

PUBLIC_BEGIN

/* The kind of a parameter, for the optimisers and for weight files. */
typedef enum ParameterKind {
    PARAMETER_WEIGHT,     /* a matrix or filter: weight decay applies */
    PARAMETER_BIAS,       /* a bias or the scale and shift of a norm: no weight decay */
    PARAMETER_BALL_POINT, /* a point in the Poincare ball: Riemannian steps, no weight decay */
    PARAMETER_BUFFER      /* never trained, but saved: running mean and variance */
} ParameterKind;

/* A tensor that outlives the graphs that use it. Filters are [out,kernel_h,kernel_w,in]. */
typedef struct Parameter {
    char *name; /* "layer1.0.conv1.weight" */
    ParameterKind kind;
    bool frozen;     /* no gradient is computed, no step is taken */
    Tensor value;    /* owned */
    Tensor gradient; /* owned; same shape; written by graph_backward; empty for buffers */
} Parameter;

typedef struct Graph Graph;

/* The planner's data of a node; private (graph_plan.h). */
typedef struct NodePlan NodePlan;

struct Node {
    const Op *op; /* NULL for a leaf */
    Graph *graph;
    const char *name; /* of a leaf; NULL otherwise */
    int index;        /* index in the graph; inputs have lower ones */
    Shape shape;
    int input_count;
    Node **inputs;
    const void *attributes; /* the op's own struct, copied by graph_append */
    int saved_count;
    Parameter *parameter; /* of a parameter leaf */

    /* While the graph runs: what the kernels read and write. */
    Tensor value;
    Tensor gradient;            /* d loss / d value */
    Tensor saved[OP_MAX_SAVED]; /* written by forward for backward: argmax, mean, ... */
    Gradient *input_gradients;  /* backward: one per input */

    /* From the first run on. */
    bool needs_gradient;   /* a parameter or input that wants one leads to it */
    bool runs_backward;    /* and it leads to the loss */
    bool gradient_written; /* backward has written to gradient in this pass */
    NodePlan *plan;
};

/* A new, empty graph. training: whether batch norms use, and update, batch statistics. */
Graph *graph_create(const Device *device, bool training);
void graph_destroy(Graph *graph); /* NULL is allowed; the graph does not own its parameters */

bool graph_is_training(const Graph *graph);

/* A leaf for data, whose value is allocated now; fill it with tensor_upload before each run. */
Node *graph_input(Graph *graph, const char *name, Shape shape);

/* A leaf for data that does not change: copies the shape's number of values from the host now. */
Node *graph_constant(Graph *graph, const char *name, Shape shape, const real *values);

/* Makes `data`, on the graph's device and of the leaf's shape, the value of an input leaf from now
 * on. The caller owns it and must keep it valid while the graph runs. The leaf's own memory is
 * released. */
void graph_input_at(Node *input, const real *data);

/* A leaf whose value and gradient are those of the parameter. A second call returns the same
 * node. */
Node *graph_parameter(Graph *graph, Parameter *parameter);

/* Request an input leaf's gradient (the gradient checker does). */
void graph_want_gradient(Node *input);

/* The scalar that backward differentiates. Set before the first run. */
void graph_set_loss(Graph *graph, Node *loss);

/* Keep a node's value readable after a run (inputs, parameters and the loss always are). */
void graph_keep(Node *node);

/* Compute the loss and all kept nodes. false: a shape error from building, or no memory. */
bool graph_forward(Graph *graph, Error *error);

/* After graph_forward: compute every requested gradient of the loss. The second form starts from a
 * cotangent of the loss node's shape (host memory), for a loss that is not a scalar. */
bool graph_backward(Graph *graph, Error *error);
bool graph_backward_from(Graph *graph, const real *cotangent, Error *error);

/* The first error met while building; NULL when none. */
const char *graph_error(const Graph *graph);

/* Nodes in order of definition: 0..count-1. */
int graph_node_count(const Graph *graph);
Node *graph_node(const Graph *graph, int index);

/* ---- For op files ---- */

/* Append a node. With a NULL input it returns NULL. attributes: bytes to copy, may be NULL. Runs
 * the op's shape rule; on failure records the message, with the op's name and its inputs' names and
 * shapes, and returns NULL. */
Node *graph_append(const Op *op, Node *const *inputs, int input_count, const void *attributes,
                   size_t attribute_bytes);

/* In a shape rule: reserve a saved tensor; returns its place in node->saved. */
int node_save(Node *node, Shape shape);

PUBLIC_END

#endif
