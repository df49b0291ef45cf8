/* hyp.h - the public header of hyp/: the Poincare ball, its ops, layers and Riemannian optimisers.
 *
 *     #include "hyp/hyp.h"
 *     #include <stdio.h>
 *
 *     int main(void) { // two points of the ball of curvature -1, and their distance
 *         const real a[2] = { 0.5, 0 }, b[2] = { -0.5, 0 };
 *         printf("distance %.4f\n", (double)ball_distance(a, b, 2, 1));
 *
 *         Error error = { "" };
 *         Graph *graph = graph_create(device_cpu(), true);
 *         Node *x = graph_input(graph, "x", shape_2(1, 2));
 *         Node *y = graph_input(graph, "y", shape_2(1, 2));
 *         Node *distance = op_poincare_distance(x, y, 1);
 *         graph_want_gradient(x);
 *         graph_set_loss(graph, op_sum(distance));
 *         tensor_upload(&x->value, a);
 *         tensor_upload(&y->value, b);
 *         if (!graph_forward(graph, &error) || !graph_backward(graph, &error))
 *             return puts(error.text), 2;
 *         real gradient[2];
 *         tensor_download(&x->gradient, gradient);
 *         printf("gradient %.4f %.4f\n", (double)gradient[0], (double)gradient[1]);
 *         graph_destroy(graph);
 *         return 0;
 *     }
 *
 * ops.h         every op; ops.def documents each on one page
 * layers.h      the hyperbolic classifier: a hyperplane for every class
 * riemannian.h  optimiser steps for points of the ball
 * audit.h       how many digits a formula of your own keeps
 * frechet_mean.h  the mean of points
 * ball.h, ball_maps.h  the formulas, as functions of rows, for loops of your own
 */
#ifndef HYP_HYP_H
#define HYP_HYP_H

#include "hyp/audit.h"
#include "hyp/ball.h"
#include "hyp/ball_maps.h"
#include "hyp/frechet_mean.h"
#include "hyp/layers.h"
#include "hyp/ops.h"
#include "hyp/riemannian.h"
#include "nn/nn.h"

#endif
