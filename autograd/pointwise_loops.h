/* pointwise_loops.h - the loops of the ops that work element by element, over a formula of
 * autograd/pointwise.h. (autograd/relu.c is the shortest example.)
 *
 *     static void relu_forward_cpu(Node *node) {
 *     #pragma omp parallel if (pointwise_pays(node))
 *         pointwise_unary(node, relu_value);
 *     }
 *
 * Each loop shares its elements among the threads of the parallel region that calls it. The caller
 * opens the region because compilers outline each region into a function, in which the formula
 * would no longer be a constant. This way formula and loop are inlined and vectorized. All loops
 * assign the same element to the same thread, so two of them may follow each other in one region:
 * where the two inputs of f(x, x) have one gradient, the thread that writes an element also adds to
 * it.
 */
#ifndef AUTOGRAD_POINTWISE_LOOPS_H
#define AUTOGRAD_POINTWISE_LOOPS_H

#include "autograd/graph.h"
#include "autograd/pointwise.h"
#include "tensor/parallel.h"

#define POINTWISE_LOOP static inline __attribute__((always_inline))

/* The shape rule: all inputs have one shape, and so has the output. */
static inline bool pointwise_shape(Node *node, Error *error) {
    node->shape = node->inputs[0]->shape;
    for (int i = 1; i < node->input_count; i++)
        if (!shape_equal(&node->shape, &node->inputs[i]->shape))
            return error_set(error, "the shapes must be equal");
    return true;
}

static inline bool pointwise_pays(const Node *node) {
    return parallel_pays(shape_elements(&node->shape));
}

/* y = value(x). */
POINTWISE_LOOP void pointwise_unary(const Node *node, real (*value)(real x)) {
    const int64_t n = shape_elements(&node->shape);
    const real *x = node->inputs[0]->value.data;
    real *y = node->value.data;
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < n; i++) y[i] = value(x[i]);
}

/* dx = gradient(by) dy; by: the values of x or of y. */
POINTWISE_LOOP void pointwise_unary_backward(const Node *node, const real *by,
                                             real (*gradient)(real by)) {
    const int64_t n = shape_elements(&node->shape);
    const real *dy = node->gradient.data;
    const Gradient dx = node->input_gradients[0];
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < n; i++) gradient_store(dx, i, gradient(by[i]) * dy[i]);
}

/* y = value(a, b). */
POINTWISE_LOOP void pointwise_binary(const Node *node, real (*value)(real a, real b)) {
    const int64_t n = shape_elements(&node->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    real *y = node->value.data;
#pragma omp for simd schedule(static) nowait
    for (int64_t i = 0; i < n; i++) y[i] = value(a[i], b[i]);
}

/* da = gradient(a, b).a dy and db = gradient(a, b).b dy, where they are needed. */
POINTWISE_LOOP void pointwise_binary_backward(const Node *node,
                                              PairGradient (*gradient)(real a, real b)) {
    const int64_t n = shape_elements(&node->shape);
    const real *a = node->inputs[0]->value.data, *b = node->inputs[1]->value.data;
    const real *dy = node->gradient.data;
    const Gradient da = node->input_gradients[0], db = node->input_gradients[1];
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < (da.data ? n : 0); i++)
        gradient_store(da, i, gradient(a[i], b[i]).a * dy[i]);
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < (db.data ? n : 0); i++)
        gradient_store(db, i, gradient(a[i], b[i]).b * dy[i]);
}

/* to = factor from, n elements; nothing if `to` is not needed. For linear ops. */
POINTWISE_LOOP void pointwise_scaled(int64_t n, real factor, const real *from, Gradient to) {
#pragma omp for schedule(static) nowait
    for (int64_t i = 0; i < (to.data ? n : 0); i++) gradient_store(to, i, factor * from[i]);
}

#endif
