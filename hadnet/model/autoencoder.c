/* autoencoder.c - builds an autoencoder's layers and its graph. */
#include "hadnet/model/autoencoder.h"

#include "autograd/ops.h"

Autoencoder autoencoder_create(ParameterSet *set, const char *name,
                               const Architecture *architecture, int level) {
    const int kept = architecture->kept[level], width = architecture->width[level];
    Autoencoder autoencoder = { .halvings = architecture->halvings[level] };
    int in = kept;
    for (int i = 0; i < autoencoder.halvings; i++) {
        const Name conv = parameter_name_index(parameter_name_join(name, "encode").text, i);
        const Name norm = parameter_name_index(parameter_name_join(name, "norm").text, i);
        const Conv2dOptions halve = { .stride = 2, .padding = 1 };
        autoencoder.encode[i] = layer_conv2d_create(set, conv.text, in, width, 3, halve);
        autoencoder.norm[i] = layer_batch_norm_create(set, norm.text, width);
        in = width;
    }
    autoencoder.decode =
        layer_conv2d_create(set, parameter_name_join(name, "decode").text, width, kept, 3,
                            (Conv2dOptions){ .padding = 1, .bias = true });
    if (autoencoder.decode.weight->value.data) tensor_zero(&autoencoder.decode.weight->value);
    return autoencoder;
}

Node *autoencoder_apply(Graph *graph, const Autoencoder *autoencoder, Node *x) {
    if (!x) return NULL;
    const Shape shape = x->shape;
    for (int i = 0; i < autoencoder->halvings; i++) {
        x = layer_conv2d_apply(graph, &autoencoder->encode[i], x);
        x = layer_batch_norm_apply_relu(graph, &autoencoder->norm[i], x);
    }
    x = op_resize_bilinear(x, shape.size[1], shape.size[2]);
    return layer_conv2d_apply(graph, &autoencoder->decode, x);
}
