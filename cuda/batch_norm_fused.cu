/* GPU kernels of batch_norm_fused in autograd/batch_norm/batch_norm_kernels.c. With constant statistics
 *     w r (conv + bias - m) + b = scale conv + shift,    scale = w r, shift = b + scale (bias - m)
 * which, with residual and ReLU, is the epilogue of the convolution. The output is written once;
 * separate kernels would write it twice and read it once. */
#include "cuda/port/gpu.h"
#include "cuda/product/gpu_conv2d.h"

C_HEADERS_BEGIN
#include "autograd/batch_norm/batch_norm.h"
#include "autograd/conv2d/conv2d.h"
C_HEADERS_END

enum { FOLD_THREADS = 128 };

typedef struct BatchNormFold {
    int64_t channels;
    const real *bias_of_conv, *weight, *bias; /* NULL: 0, 1 and 0 */
    const real *running_mean, *running_var;
    real *scale, *shift;
} BatchNormFold;

GPU_KERNEL(batch_norm_fold, FOLD_THREADS, BatchNormFold) {
    const int64_t c = (int64_t)gpu_block() * FOLD_THREADS + gpu_thread();
    if (c >= a->channels) return;
    const BatchNormConstants constants = batch_norm_constants(
        (double)a->running_mean[c], (double)a->running_var[c], a->weight ? (double)a->weight[c] : 1,
        a->bias ? (double)a->bias[c] : 0);
    a->scale[c] = constants.of[BATCH_NORM_SCALE];
    a->shift[c] =
        batch_norm_value(a->bias_of_conv ? a->bias_of_conv[c] : 0, constants.of[BATCH_NORM_MEAN],
                         constants.of[BATCH_NORM_SCALE], constants.of[BATCH_NORM_SHIFT]);
}

GPU_OP(batch_norm_fused) {
    const BatchNorm *attributes = batch_norm_of(node);
    const Node *conv = node->inputs[0];
    const Conv2dShape shape = conv2d_node_shape(conv);
    real *constants = node->saved[0].data;
    const BatchNormFold fold = { shape.out,
                                 conv->input_count == 3 ? conv->inputs[2]->value.data : NULL,
                                 attributes->affine ? node->inputs[1]->value.data : NULL,
                                 attributes->affine ? node->inputs[2]->value.data : NULL,
                                 batch_norm_running_mean(node)->value.data,
                                 batch_norm_running_var(node)->value.data,
                                 constants,
                                 constants + node->saved[0].shape.size[1] };
    gpu_launch(&batch_norm_fold, gpu_divide_up(shape.out, FOLD_THREADS), &fold);
    const ProductEpilogue epilogue = { fold.scale, fold.shift,
                                       attributes->residual ? node->inputs[5]->value.data : NULL,
                                       attributes->relu, false };
    gpu_conv2d_forward(&shape, conv->inputs[0]->value.data, conv->inputs[1]->value.data, epilogue,
                       node->value.data);
}
