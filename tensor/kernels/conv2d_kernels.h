/* conv2d_kernels.h - convolution on the CPU: forward, and the gradients of all its inputs.
 *
 *     y[n,oy,ox,o] = bias[o] + sum over ky,kx,i of
 *                    x[n, oy*stride + ky - padding, ox*stride + kx - padding, g*I + i] w[o,ky,kx,i]
 *
 * where x is 0 outside its borders, I = in/groups, and o belongs to group g = o / (out/groups).
 * Layouts: x [batch,height,width,in], w [out,kernel_height,kernel_width,in/groups],
 * y [batch,out_height,out_width,out]; all contiguous, none overlapping.
 *
 * Every function is a matrix product (tensor/kernels/gemm.h) whose matrices are windows of the
 * image, copied straight into the panels of the micro-kernel. A depthwise convolution (groups == in
 * == out) has so little to multiply that it has loops of its own. Most 3x3 convolutions use
 * Winograd's form (tensor/kernels/winograd.h), unless the device's round_products is off. The
 * number of threads does not change any bit. Gradients overwrite, or add to the old values when
 * accumulate is set.
 */
#ifndef TENSOR_CONV2D_KERNELS_H
#define TENSOR_CONV2D_KERNELS_H

#include "tensor/kernels/conv2d_shape.h"
#include "tensor/kernels/epilogue.h"

/* y from x, w and bias [out] (NULL: none). */
void conv2d_forward(const Conv2dShape *shape, const real *x, const real *weight, const real *bias,
                    real *y);

/* The same, then the epilogue (NULL: none), whose values are channels of one pixel of y. */
void conv2d_forward_then(const Conv2dShape *shape, const real *x, const real *weight,
                         const real *bias, const Epilogue *epilogue, real *y);

/* dx from dy and w. */
void conv2d_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                          bool accumulate);

/* dw from x and dy. */
void conv2d_backward_weight(const Conv2dShape *shape, const real *x, const real *dy, real *dweight,
                            bool accumulate);

/* dbias[out]: the sum of dy over batch and pixels. */
void conv2d_backward_bias(const Conv2dShape *shape, const real *dy, real *dbias, bool accumulate);

#endif
