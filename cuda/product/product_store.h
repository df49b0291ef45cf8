/* product_store.h - the address of an element of a Product, and the value stored there. Device
 * code, shared by the kernels that compute tiles, the one that adds the parts of a split depth, and
 * those of depthwise convolutions. */
#ifndef CUDA_PRODUCT_STORE_H
#define CUDA_PRODUCT_STORE_H

#include "cuda/product/product.h"

C_HEADERS_BEGIN
#include "autograd/pointwise.h"
C_HEADERS_END

typedef struct ProductDigits {
    int digit[3];
} ProductDigits;

static GPU_DEVICE ProductDigits product_digits(const ProductAxis *axis, int index) {
    const unsigned size0 = (unsigned)axis->size[0], size1 = (unsigned)axis->size[1];
    const unsigned upper = (unsigned)index / size0;
    ProductDigits digits;
    digits.digit[0] = (int)((unsigned)index - upper * size0);
    digits.digit[1] = (int)(upper % size1);
    digits.digit[2] = (int)(upper / size1);
    return digits;
}

static GPU_DEVICE int64_t product_offset(const ProductAxis *axis, ProductDigits digits) {
    return digits.digit[0] * axis->stride[0] + digits.digit[1] * axis->stride[1] +
           digits.digit[2] * axis->stride[2];
}

/* The displacement in lines, or columns, for the digits. */
static GPU_DEVICE int product_move(const int *each, ProductDigits digits) {
    return digits.digit[0] * each[0] + digits.digit[1] * each[1] + digits.digit[2] * each[2];
}

/* Of element (row, 0), from product->to. */
static GPU_DEVICE int64_t product_output(const Product *product, int group, int row) {
    const int64_t start = group * product->to_group;
    if (product->one_digit) return start + row * product->to_row.stride[0];
    return start + product_offset(&product->to_row, product_digits(&product->to_row, row));
}

/* The value to store at to[at]. */
static GPU_DEVICE real epilogue_value(const ProductEpilogue *epilogue, const real *to, int64_t at,
                                      int64_t channel, real value) {
    if (epilogue->scale) value *= epilogue->scale[channel];
    if (epilogue->shift) value += epilogue->shift[channel];
    if (epilogue->residual) value += epilogue->residual[at];
    if (epilogue->relu) value = relu_value(value);
    return epilogue->accumulate ? to[at] + value : value;
}

typedef struct __attribute__((aligned(2 * sizeof(real)))) RealPair {
    real value[2];
} RealPair;

/* Columns `column` and the next, as far as they are there; at: of (row, 0). */
static GPU_DEVICE void product_store_pair(const Product *product, real *to, int64_t at, int group,
                                          int column, const real *sum) {
    const ProductEpilogue *epilogue = &product->epilogue;
    const int64_t channel = (int64_t)group * product->columns + column;
    if (column >= product->columns) return;
    at += column;
    RealPair pair;
    pair.value[0] = epilogue_value(epilogue, to, at, channel, sum[0]);
    if (column + 1 == product->columns) {
        to[at] = pair.value[0];
        return;
    }
    pair.value[1] = epilogue_value(epilogue, to, at + 1, channel + 1, sum[1]);
    if (product->pairs) {
        *(RealPair *)(to + at) = pair;
    } else {
        to[at] = pair.value[0];
        to[at + 1] = pair.value[1];
    }
}

#endif
