/* Matrix products as Products (product.h): selects the form that fits the factors. */
#include "cuda/product/gpu_gemm.h"
#include "cuda/product/product.h"

/* No op of this project multiplies two transposed matrices, so there is no form for them. The last
 * form serves: where neither axis is contiguous it copies one real at a time. */
static ProductForm form_of(GpuMatrix left, GpuMatrix right) {
    if (left.transposed) return PRODUCT_COLUMN_COLUMN;
    return right.transposed ? PRODUCT_ROW_ROW : PRODUCT_ROW_COLUMN;
}

/* The arguments of both functions. */
typedef struct GemmTask {
    int64_t rows, columns, depth;
    GpuMatrix left, right;
    real *c;
    int64_t c_stride;
    bool accumulate;
    const real *bias;
} GemmTask;

static Product product_of(const GemmTask *task) {
    const GpuMatrix left = task->left, right = task->right;
    Product product;
    memset(&product, 0, sizeof product);
    product.form = form_of(left, right);
    product.rows = product_int(task->rows);
    product.columns = product_int(task->columns);
    product.depth = product_int(task->depth);
    product.groups = 1;
    product.left = product_matrix(left.data, task->rows, left.transposed ? 1 : left.stride,
                                  task->depth, left.transposed ? left.stride : 1);
    product.right = product_matrix(right.data, task->columns, right.transposed ? right.stride : 1,
                                   task->depth, right.transposed ? 1 : right.stride);
    product.to = task->c;
    product.to_row = product_axis(task->rows, task->c_stride);
    product.epilogue = product_epilogue(task->bias, task->accumulate);
    return product;
}

void gpu_gemm(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
              real *c, int64_t c_stride, bool accumulate, const real *bias) {
    const GemmTask task = { rows, columns, depth, left, right, c, c_stride, accumulate, bias };
    product_run(product_of(&task));
}

void gpu_gemm_exact(int64_t rows, int64_t columns, int64_t depth, GpuMatrix left, GpuMatrix right,
                    real *c, int64_t c_stride, bool accumulate, const real *bias) {
    const GemmTask task = { rows, columns, depth, left, right, c, c_stride, accumulate, bias };
    Product product = product_of(&task);
    product.exact = true;
    product_run(product);
}
