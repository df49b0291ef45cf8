/* layers.h - the hyperbolic classifier: a hyperplane of the Poincare ball for every class.
 *
 *     HyperplaneLayer head = layer_hyperplane_create(set, "head", 64, 4, curvature);
 *     Node *logits = layer_hyperplane_logits(graph, &head, u);
 *
 * Its Euclidean variant, layer_hyperplane_euclidean_logits, has the same parameters.
 */
#ifndef HYP_LAYERS_H
#define HYP_LAYERS_H

#include "nn/parameters.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* points [classes,dimension], of kind PARAMETER_BALL_POINT, start at the origin, as biases start at
 * 0. normals [classes,dimension], of kind PARAMETER_WEIGHT, start with a quarter of Xavier's
 * uniform range: the logit, near the origin or Euclidean, is 4 [u - p, a], so it starts as large as that
 * of a linear layer.
 */
typedef struct HyperplaneLayer {
    Parameter *points, *normals;
    Parameter *scale; /* [1]: sqrt(c) of a learnt curvature; NULL: the curvature is constant */
    real curvature;   /* of the ball in which the points lie: 1 where it is learnt */
    real first_scale; /* with which the learning began */
} HyperplaneLayer;

/* The curvature must be positive; otherwise the ops report a graph error. */
HyperplaneLayer layer_hyperplane_create(ParameterSet *set, const char *name, int dimension,
                                        int classes, real curvature);

/* Make the layer's curvature a parameter, which starts at the present one. As the ball of curvature
 * -c is that of curvature -1 shrunk by s = sqrt(c),
 *     logit(u; p, a, c) = 1/s logit(s u; s p, a, 1)
 * s is the parameter, and s p the points. The 1/s stays as it began, as the length of a normal is
 * such a factor too. s may take any value: -s is s with u and p turned round, and 0 the Euclidean limit. */
void layer_hyperplane_learn_curvature(ParameterSet *set, const char *name, HyperplaneLayer *layer);

/* c: the curvature, or the present one if it is learnt. */
double layer_hyperplane_curvature(const HyperplaneLayer *layer);

/* u [...,dimension], tangent vectors at the origin. Return [...,classes]: lambda_p |a| times the
 * signed distances of exp_0(u) to the hyperplanes, or those distances. NULL for NULL. */
Node *layer_hyperplane_logits(Graph *graph, const HyperplaneLayer *layer, Node *u);
Node *layer_hyperplane_distances(Graph *graph, const HyperplaneLayer *layer, Node *u);

/* 4 [u - p, a]: the logits in the limit of no curvature. A constant curvature has no effect. */
Node *layer_hyperplane_euclidean_logits(Graph *graph, const HyperplaneLayer *layer, Node *u);

PUBLIC_END

#endif
