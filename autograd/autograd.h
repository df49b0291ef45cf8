/* autograd.h - public header of autograd/: graphs, ops, gradients, and checks of ops.
 *
 *     #include "autograd/autograd.h"
 *     #include <stdio.h>
 *
 *     int main(void) { // the gradient of mean(x^2), 2x/3
 *         Error error = { "" };
 *         Graph *graph = graph_create(device_cpu(), true);
 *         Node *x = graph_input(graph, "x", shape_1(3));
 *         graph_want_gradient(x);
 *         graph_set_loss(graph, op_mean(op_square(x)));
 *         tensor_upload(&x->value, (const real[]){ 1, 2, 3 });
 *         if (!graph_forward(graph, &error) || !graph_backward(graph, &error))
 *             return puts(error.text), 2;
 *         real gradient[3];
 *         tensor_download(&x->gradient, gradient);
 *         printf("%g %g %g\n", gradient[0], gradient[1], gradient[2]);
 *         graph_destroy(graph);
 *         return 0;
 *     }
 *
 * graph.h  a graph: define it once, run it many times
 * ops.h    every op; ops.def documents what each computes
 * op.h     the parts of an op, for writing one; read autograd/relu.c first
 * probe.h  the samples and the oracle that check an op
 * op_check.h  checks an op by its probe: on the CPU, in double, on the GPU
 * gradient_check.h  whether a gradient is right, by differences in double
 */
#ifndef AUTOGRAD_AUTOGRAD_H
#define AUTOGRAD_AUTOGRAD_H

#include "autograd/gradient_check.h"
#include "autograd/graph.h"
#include "autograd/op.h"
#include "autograd/op_check.h"
#include "autograd/ops.h"
#include "autograd/probe.h"

#endif
