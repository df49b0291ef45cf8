#include "hadnet/model/autoencoder.h"

#include "autograd/ops.h"

Autoencoder autoencoder_create(ParameterSet *set, const char *name,
                               const Architecture *architecture, int level) {
    const int kept = architecture->kept[level], width = architecture->width[level];
    Autoencoder autoencoder = { .halvings = architecture->halvings[level] };
    int in = kept;
    for (int i = 0; i < autoencoder.halvings; i++) {
        const Name conv = name_index(name_join(name, "encode").text, i);
        const Name norm = name_index(name_join(name, "norm").text, i);
        const Conv2dOptions halve = { .stride = 2, .padding = 1 };
        autoencoder.encode[i] = conv2d_layer_create(set, conv.text, in, width, 3, halve);
        autoencoder.norm[i] = batch_norm_layer_create(set, norm.text, width);
        in = width;
    }
    autoencoder.decode = conv2d_layer_create(set, name_join(name, "decode").text, width, kept, 3,
                                             (Conv2dOptions){ .padding = 1, .bias = true });
    if (autoencoder.decode.weight->value.data) tensor_zero(&autoencoder.decode.weight->value);
    return autoencoder;
}

Node *autoencoder_apply(Graph *graph, const Autoencoder *autoencoder, Node *x) {
    if (!x) return NULL;
    const Shape shape = x->shape;
    for (int i = 0; i < autoencoder->halvings; i++) {
        x = conv2d_layer_apply(graph, &autoencoder->encode[i], x);
        x = batch_norm_layer_apply_relu(graph, &autoencoder->norm[i], x);
    }
    x = op_resize_bilinear(x, shape.size[1], shape.size[2]);
    return conv2d_layer_apply(graph, &autoencoder->decode, x);
}
