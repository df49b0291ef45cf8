/* Matrix products as Products (product.h): which form fits which factors. */
#include "cuda/gpu_gemm.h"
#include "cuda/product.h"

/* No op of this project multiplies two transposed matrices, so there is no form of its own for
 * them: the last one can, as where neither axis is contiguous it copies one real at a time. */
static ProductForm form_of(GpuMatrix left, GpuMatrix right) {
    if (left.transposed) return PRODUCT_COLUMN_COLUMN;
    return right.transposed ? PRODUCT_ROW_ROW : PRODUCT_ROW_COLUMN;
}

void gpu_gemm(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
              real *c, int64_t c_stride, bool accumulate, const real *bias) {
    Product product;
    memset(&product, 0, sizeof product);
    product.form = form_of(left, right);
    product.rows = product_int(rows);
    product.columns = product_int(columns);
    product.depth = product_int(depth);
    product.groups = 1;
    product.left = product_matrix(left.data, rows, left.transposed ? 1 : left.stride, depth,
                                  left.transposed ? left.stride : 1);
    product.right = product_matrix(right.data, columns, right.transposed ? right.stride : 1, depth,
                                   right.transposed ? 1 : right.stride);
    product.to = c;
    product.to_row = product_axis(rows, c_stride);
    product.epilogue = product_epilogue(bias, accumulate);
    product_run(product);
}
