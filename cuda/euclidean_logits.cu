/* The GPU kernels of hyp/euclidean_logits.c. The layer's weights are prepared, then it is a product;
 * classes are few. */
#include "cuda/port/gpu.h"
#include "cuda/product/gpu_conv2d.h"

C_HEADERS_BEGIN
#include "hyp/euclidean_logits.h"
#include "hyp/ops.h"
C_HEADERS_END

enum { EUCLIDEAN_THREADS = 128 };

typedef struct EuclideanLayers {
    int64_t classes, n;
    const real *points, *normals;
    real *weights, *biases; /* [classes,n], [classes] */
} EuclideanLayers;

GPU_KERNEL(euclidean_logits_layers, EUCLIDEAN_THREADS, EuclideanLayers) {
    const int64_t k = (int64_t)gpu_block() * EUCLIDEAN_THREADS + gpu_thread();
    if (k < a->classes)
        a->biases[k] = euclidean_layer(a->points + k * a->n, a->normals + k * a->n, a->n,
                                       a->weights + k * a->n);
}

/* In scratch memory of classes (n + 1) reals or more. */
static EuclideanLayers layers_of(const Node *node, const Conv2dShape *shape, real *scratch) {
    const EuclideanLayers layers = { shape->out,
                                     shape->in,
                                     node->inputs[1]->value.data,
                                     node->inputs[2]->value.data,
                                     scratch,
                                     scratch + shape->out * shape->in };
    gpu_launch(&euclidean_logits_layers, gpu_divide_up(layers.classes, EUCLIDEAN_THREADS), &layers);
    return layers;
}

GPU_OP(euclidean_logits_forward) {
    const Conv2dShape shape = euclidean_as_conv2d(node);
    Tensor scratch = gpu_scratch(shape.out * (shape.in + 1));
    const EuclideanLayers layers = layers_of(node, &shape, scratch.data);
    gpu_conv2d_forward(&shape, node->inputs[0]->value.data, layers.weights,
                       product_epilogue(layers.biases, false), node->value.data);
    tensor_release(&scratch);
}

typedef struct EuclideanFinish {
    int64_t elements, n;
    const real *products, *sums, *points, *normals;
    Gradient dpoints, dnormals;
} EuclideanFinish;

GPU_KERNEL(euclidean_logits_finish, EUCLIDEAN_THREADS, EuclideanFinish) {
    const int64_t i = (int64_t)gpu_block() * EUCLIDEAN_THREADS + gpu_thread();
    if (i >= a->elements) return;
    const real sum = a->sums[i / a->n];
    if (a->dnormals.data)
        gradient_store(a->dnormals, i,
                       euclidean_normal_gradient(a->products[i], sum, a->points[i]));
    if (a->dpoints.data)
        gradient_store(a->dpoints, i, euclidean_point_gradient(sum, a->normals[i]));
}

GPU_OP(euclidean_logits_backward) {
    const Conv2dShape shape = euclidean_as_conv2d(node);
    const int64_t matrix = shape.out * shape.in;
    const real *u = node->inputs[0]->value.data, *dl = node->gradient.data;
    Tensor scratch = gpu_scratch(2 * (matrix + shape.out));
    const EuclideanLayers layers = layers_of(node, &shape, scratch.data);
    const Gradient sums = { scratch.data + matrix + shape.out, false };
    const Gradient dpoints = node->input_gradients[1], dnormals = node->input_gradients[2];
    const Gradient products = { dnormals.data ? sums.data + shape.out : NULL, false };
    gpu_conv2d_backward_data(&shape, dl, layers.weights, node->input_gradients[0]);
    if (dpoints.data || dnormals.data) {
        gpu_conv2d_backward_bias(&shape, dl, sums);
        gpu_conv2d_backward_weight(&shape, u, dl, products);
        const EuclideanFinish arguments = {
            matrix,        shape.in,       products.data, sums.data,
            layers.points, layers.normals, dpoints,       dnormals
        };
        gpu_launch(&euclidean_logits_finish, gpu_divide_up(matrix, EUCLIDEAN_THREADS), &arguments);
    }
    tensor_release(&scratch);
}
