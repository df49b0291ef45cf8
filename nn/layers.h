/* layers.h - layers: an op with its parameters.
 *
 *     Conv2dLayer conv = layer_conv2d_create(set, "conv1", 3, 64, 7,
 *                                            (Conv2dOptions){ .stride = 2, .padding = 3 });
 *     x = layer_conv2d_apply(graph, &conv, x);
 *
 * A layer is a small value: pointers to parameters of a set, and numbers. create adds the
 * parameters, under PyTorch's names, with their first values; apply appends ops to a graph and may
 * be called for many graphs. Images are [batch, height, width, channels]. As with ops, apply
 * returns NULL for a NULL x, and the graph holds the error.
 *
 * parameter_set_freeze(set, "conv1.", true) stops the training of a layer, or of all layers whose
 * names start so; do it before graphs are made from them.
 */
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "nn/parameters.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* weight [out, kernel, kernel, in / groups]: Kaiming normal, fan out, as usual for ResNets. bias
 * [out]: zeros. */
typedef struct Conv2dLayer {
    Parameter *weight, *bias; /* bias may be NULL */
    int stride, padding, groups;
} Conv2dLayer;

typedef struct Conv2dOptions {
    int stride, padding, groups; /* a stride or groups of 0 means 1 */
    bool bias;
} Conv2dOptions;

Conv2dLayer layer_conv2d_create(ParameterSet *set, const char *name, int in, int out, int kernel,
                                Conv2dOptions options);
Node *layer_conv2d_apply(Graph *graph, const Conv2dLayer *layer, Node *x);

/* weight, bias [channels]: ones and zeros; running_mean, running_var [channels]: zeros and ones. If
 * its weight is frozen, it normalises with the running statistics and does not update them, in any
 * graph. */
typedef struct BatchNormLayer {
    Parameter *weight, *bias, *running_mean, *running_var;
} BatchNormLayer;

BatchNormLayer layer_batch_norm_create(ParameterSet *set, const char *name, int channels);
Node *layer_batch_norm_apply(Graph *graph, const BatchNormLayer *layer, Node *x);
Node *layer_batch_norm_apply_relu(Graph *graph, const BatchNormLayer *layer, Node *x);
/* op_relu(op_batch_norm(x) + residual) */
Node *layer_batch_norm_apply_add_relu(Graph *graph, const BatchNormLayer *layer, Node *x,
                                      Node *residual);

/* weight [out, in], bias [out]: uniform within 1 / sqrt(in), as PyTorch's. */
typedef struct LinearLayer {
    Parameter *weight, *bias; /* bias may be NULL */
} LinearLayer;

LinearLayer layer_linear_create(ParameterSet *set, const char *name, int in, int out, bool bias);
Node *layer_linear_apply(Graph *graph, const LinearLayer *layer, Node *x);

PUBLIC_END

#endif
