/* layers.c - creating and applying convolution, batch norm and linear layers. */
#include "nn/layers.h"

#include "autograd/ops.h"
#include "nn/initialise.h"

static Parameter *register_under(ParameterSet *set, const char *module, const char *part,
                                 ParameterKind kind, Shape shape) {
    return parameter_add(set, parameter_name_join(module, part).text, kind, shape);
}

/* The leaf of a parameter that a layer may not have. */
static Node *leaf(Graph *graph, Parameter *parameter) {
    return parameter ? graph_parameter(graph, parameter) : NULL;
}

static int at_least_1(int number) {
    return number ? number : 1;
}

Conv2dLayer layer_conv2d_create(ParameterSet *set, const char *name, int in, int out, int kernel,
                                Conv2dOptions options) {
    Conv2dLayer layer = { .stride = at_least_1(options.stride),
                          .padding = options.padding,
                          .groups = at_least_1(options.groups) };
    PROMISE(in % layer.groups == 0 && out % layer.groups == 0,
            "%s: %d and %d channels in %d groups", name, in, out, layer.groups);
    layer.weight = register_under(set, name, "weight", PARAMETER_WEIGHT,
                                  shape_4(out, kernel, kernel, in / layer.groups));
    initialise_kaiming_normal(layer.weight, set->seed, FAN_OUT);
    if (options.bias) layer.bias = register_under(set, name, "bias", PARAMETER_BIAS, shape_1(out));
    return layer;
}

Node *layer_conv2d_apply(Graph *graph, const Conv2dLayer *layer, Node *x) {
    return op_conv2d(x, leaf(graph, layer->weight), leaf(graph, layer->bias), layer->stride,
                     layer->padding, layer->groups);
}

BatchNormLayer layer_batch_norm_create(ParameterSet *set, const char *name, int channels) {
    const Shape shape = shape_1(channels);
    const BatchNormLayer layer = {
        .weight = register_under(set, name, "weight", PARAMETER_BIAS, shape),
        .bias = register_under(set, name, "bias", PARAMETER_BIAS, shape),
        .running_mean = register_under(set, name, "running_mean", PARAMETER_BUFFER, shape),
        .running_var = register_under(set, name, "running_var", PARAMETER_BUFFER, shape),
    };
    if (layer.weight->value.data) tensor_fill(&layer.weight->value, 1);
    if (layer.running_var->value.data) tensor_fill(&layer.running_var->value, 1);
    return layer;
}

Node *layer_batch_norm_apply(Graph *graph, const BatchNormLayer *layer, Node *x) {
    return op_batch_norm(x, leaf(graph, layer->weight), leaf(graph, layer->bias),
                         leaf(graph, layer->running_mean), leaf(graph, layer->running_var),
                         layer->weight->frozen);
}

Node *layer_batch_norm_apply_relu(Graph *graph, const BatchNormLayer *layer, Node *x) {
    return op_batch_norm_relu(x, leaf(graph, layer->weight), leaf(graph, layer->bias),
                              leaf(graph, layer->running_mean), leaf(graph, layer->running_var),
                              layer->weight->frozen);
}

Node *layer_batch_norm_apply_add_relu(Graph *graph, const BatchNormLayer *layer, Node *x,
                                      Node *residual) {
    return op_batch_norm_add_relu(x, leaf(graph, layer->weight), leaf(graph, layer->bias),
                                  leaf(graph, layer->running_mean), leaf(graph, layer->running_var),
                                  residual, layer->weight->frozen);
}

LinearLayer layer_linear_create(ParameterSet *set, const char *name, int in, int out, bool bias) {
    const double bound = 1 / sqrt((double)in);
    LinearLayer layer = { register_under(set, name, "weight", PARAMETER_WEIGHT, shape_2(out, in)),
                          NULL };
    initialise_uniform(layer.weight, set->seed, bound);
    if (bias) {
        layer.bias = register_under(set, name, "bias", PARAMETER_BIAS, shape_1(out));
        initialise_uniform(layer.bias, set->seed, bound);
    }
    return layer;
}

Node *layer_linear_apply(Graph *graph, const LinearLayer *layer, Node *x) {
    return op_linear(x, leaf(graph, layer->weight), leaf(graph, layer->bias));
}
