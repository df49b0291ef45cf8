/* product.h - the matrix product behind convolutions, linear layers and gpu_gemm.
 *
 *     to[g][m, n] = epilogue(sum over k of left[g][m, k] right[g][n, k])     for every group g
 *
 * Neither factor need exist as a matrix. An index (m, n or k) has three digits, such as (image,
 * line, column) of a pixel or (tap y, tap x, channel) of a value in a window. Each digit has a
 * stride in reals and, in an image, strides in lines and columns. Elements outside the image are 0.
 * This describes as a factor
 *     a plain matrix               one digit
 *     the windows of an image      m = (image, line, column), k = (tap y, tap x, channel)
 *     the filters, for dx          k = (tap y, tap x, out), taps backwards: negative strides
 * so no im2col matrix is ever written. Three forms differ in the dimension along which each factor
 * is contiguous, which decides how it is copied into shared memory:
 *                        left         right        of a convolution
 *     PRODUCT_ROW_ROW    along k      along k      y = windows(x) w^T
 *     PRODUCT_ROW_COLUMN along k      along n      dx = windows(dy) w
 *     PRODUCT_COLUMN_COLUMN along m   along n      dw = dy^T windows(x)
 * The factor that may be an image is the left one in the first two and the right one in the last.
 */
#ifndef CUDA_PRODUCT_H
#define CUDA_PRODUCT_H

#include "cuda/port/gpu.h"
#include "cuda/product/product_epilogue.h"

/* An index i = (digit[2] size[1] + digit[1]) size[0] + digit[0], and the strides of each digit. */
typedef struct ProductAxis {
    int size[2];
    int64_t stride[3]; /* reals; stride[0] is 1 along the axis in which memory is contiguous */
    int y[3], x[3];    /* lines and columns of the image */
} ProductAxis;

/* The step for PRODUCT_DEPTH more of the depth; then the carries, if digit 0 exceeds its size, and
 * if digit 1 does. The loop over the depth needs no division. */
typedef struct ProductStep {
    int digit[2];
    int64_t stride[3];
    int y[3], x[3];
} ProductStep;

typedef struct ProductFactor {
    const real *data;
    int64_t group_stride;
    int64_t origin; /* offset of element (0, 0) from data; negative when it is in the padding */
    int origin_y, origin_x;
    int height, width; /* of the image; 1 and 1 of a plain matrix, whose digits move neither */
    ProductAxis row;   /* m of the left factor, n of the right one */
    ProductAxis depth; /* k */
    ProductStep step;  /* product_run works it out */
} ProductFactor;

typedef enum ProductForm {
    PRODUCT_ROW_ROW,
    PRODUCT_ROW_COLUMN,
    PRODUCT_COLUMN_COLUMN,
    PRODUCT_FORMS
} ProductForm;

typedef struct Product {
    ProductForm form;
    int rows, columns, depth, groups;
    ProductFactor left, right;
    real *to; /* element (m, n) of group g: to[g to_group + (m, by to_row) + n] */
    int64_t to_group;
    ProductAxis to_row;
    ProductEpilogue epilogue; /* channel: g columns + n */
    bool exact;               /* factors are not rounded, whatever Device.round_products says */

    /* The tiling, set by product_run. */
    int row_tiles, column_tiles;
    int parts, part_depth; /* few tiles: the depth is split; a multiple of PRODUCT_DEPTH */
    int64_t part_stride;   /* from the output of one part to that of the next */
    bool one_digit;        /* of to_row */
    bool pairs;            /* outputs can be stored two at a time */
} Product;

/* Enqueues the product. Rows, columns and depth must pass product_int; sums over an empty depth are
 * 0. */
void product_run(Product product);

/* ---- Making one ---- */

/* An index of `size` whose elements lie `stride` apart. */
ProductAxis product_axis(int64_t size, int64_t stride);

/* A plain matrix: element (row, k) is data[row * row_stride + k * depth_stride]. */
ProductFactor product_matrix(const real *data, int64_t rows, int64_t row_stride, int64_t depth,
                             int64_t depth_stride);

/* int64_t to int; stops the program unless the size is well below 2^31. */
int product_int(int64_t size);

/* ---- The kernels ---- */

/* Every form has kernels for
 *     PRODUCT_BIG    tiles of 128 x 128, copies of 16 bytes (not in the double library, whose
 *                    numbers would not fit: it is there to check gradients)
 *     PRODUCT_SMALL  tiles of 64 x 64, copies of 16 bytes
 *     PRODUCT_REALS  tiles of 64 x 64, copies of one real: for channels that do not divide by 4,
 *                    which images and masks have and which are few
 * each in exact arithmetic and, in the float library, with factors rounded to tf32. */
typedef enum ProductKind { PRODUCT_BIG, PRODUCT_SMALL, PRODUCT_REALS, PRODUCT_KINDS } ProductKind;

typedef struct ProductKernels {
    GpuKernel *exact[PRODUCT_KINDS], *rounded[PRODUCT_KINDS];
} ProductKernels;

const ProductKernels *product_row_row_kernels(void);
const ProductKernels *product_row_column_kernels(void);
const ProductKernels *product_column_column_kernels(void);

enum {
    PRODUCT_BIG_TILE = 128,
    PRODUCT_SMALL_TILE = 64,
    PRODUCT_DEPTH = 16 /* of what shared memory holds of a factor at a time */
};

#endif
