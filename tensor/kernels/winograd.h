/* winograd.h - 3x3 convolutions with stride 1 in Winograd's form, a quarter of the products.
 *
 *     Y = A^T [ (G g G^T) . (B^T d B) ] A          (winograd_transform.h)
 *
 * turns the convolution of a tile of 4x4 outputs into products of numbers at 36 positions; summed
 * over input channels, and for all tiles and output channels, those are 36 matrix products
 * [tiles x in][in x out], which the micro-kernel of gemm_tile.h takes (winograd.c; where there are
 * few tiles, winograd_few.c has one of its own). The gradient of the image is the same with dy as
 * the image and the filters rotated by 180 degrees; the gradient of the filters is the adjoint, 36
 * products [out x tiles][tiles x in] (winograd_weight.c).
 *
 * The three transformed arrays need not be written to memory: tiles, filters and products are
 * computed in blocks that are used while they are in the cache. The shape fixes the order of every
 * sum, so the number of threads does not change any bit.
 *
 * A pixel contributes to every output of the tiles that read it, and the terms that do not belong
 * there cancel. So results round differently from the direct form's, and NaN or infinity spreads
 * over whole tiles.
 */
#ifndef TENSOR_WINOGRAD_H
#define TENSOR_WINOGRAD_H

#include "tensor/kernels/conv2d_shape.h"
#include "tensor/kernels/epilogue.h"

typedef enum WinogradPass {
    WINOGRAD_FORWARD,
    WINOGRAD_BACKWARD_DATA,
    WINOGRAD_BACKWARD_WEIGHT
} WinogradPass;

/* Whether the functions below can compute this convolution: 3x3, stride 1, padding at most 2, one
 * group, no empty dimension. */
bool winograd_can(const Conv2dShape *shape);

/* Whether they should: they can, they are faster for this shape and pass, and Device.round_products
 * allows it. */
bool winograd_should(const Conv2dShape *shape, WinogradPass pass);

/* Multiply-adds of the 36 matrix products, transforms not counted. */
int64_t winograd_multiply_adds(const Conv2dShape *shape, WinogradPass pass);

/* As in conv2d_kernels.h; only where winograd_can. */
void winograd_forward(const Conv2dShape *shape, const real *x, const real *weight, const real *bias,
                      const Epilogue *epilogue, real *y);
void winograd_backward_data(const Conv2dShape *shape, const real *dy, const real *weight, real *dx,
                            bool accumulate);
void winograd_backward_weight(const Conv2dShape *shape, const real *x, const real *dy,
                              real *dweight, bool accumulate);

#endif
