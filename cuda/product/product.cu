/* The host's side of a Product: the choice of kernel and tiling, and the second pass that adds the
 * parts of a split depth. All of it follows from the shape and the alignment of the factors, never
 * from the GPU, so that every GPU computes the same bits. */
#include "cuda/gpu_vector.h"
#include "cuda/product/product_store.h"

/* ---- Making one ---- */

/* Tiles count a little past the end. */
int product_int(int64_t size) {
    PROMISE(size >= 0 && size <= INT32_MAX - 2 * PRODUCT_BIG_TILE,
            "a size of %lld in a product or convolution: 2^31 is too near", (long long)size);
    return (int)size;
}

ProductAxis product_axis(int64_t size, int64_t stride) {
    const ProductAxis axis = {
        { product_int(size > 1 ? size : 1), 1 }, { stride, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }
    };
    return axis;
}

ProductFactor product_matrix(const real *data, int64_t rows, int64_t row_stride, int64_t depth,
                             int64_t depth_stride) {
    ProductFactor factor;
    memset(&factor, 0, sizeof factor);
    factor.data = data;
    factor.height = factor.width = 1;
    factor.row = product_axis(rows, row_stride);
    factor.depth = product_axis(depth, depth_stride);
    return factor;
}

/* ---- Which kernel ---- */

static bool divides_into_vectors(int64_t reals) {
    return reals % GPU_VECTOR == 0;
}

static bool is_aligned(const void *data, size_t bytes) {
    return (uintptr_t)data % bytes == 0;
}

/* Whether 16 bytes of memory are the next GPU_VECTOR elements along `along`, from each multiple of
 * GPU_VECTOR on, and all of them inside or outside of the image together. */
static bool takes_vectors(const ProductFactor *factor, const ProductAxis *along,
                          const ProductAxis *across) {
    bool takes = is_aligned(factor->data, 16) && along->stride[0] == 1 && along->y[0] == 0 &&
                 along->x[0] == 0 && divides_into_vectors(along->size[0]) &&
                 divides_into_vectors(factor->group_stride) && divides_into_vectors(factor->origin);
    for (int i = 0; i < 3; i++)
        takes = takes && divides_into_vectors(across->stride[i]) &&
                (i == 0 || divides_into_vectors(along->stride[i]));
    return takes;
}

static bool product_takes_vectors(const Product *product) {
    const ProductFactor *left = &product->left, *right = &product->right;
    const bool left_takes = product->form == PRODUCT_COLUMN_COLUMN
                                ? takes_vectors(left, &left->row, &left->depth)
                                : takes_vectors(left, &left->depth, &left->row);
    return left_takes &&
           (product->form == PRODUCT_ROW_ROW ? takes_vectors(right, &right->depth, &right->row)
                                             : takes_vectors(right, &right->row, &right->depth));
}

/* Large GPUs have 100 to 150 multiprocessors, and each runs two blocks or more at once. */
enum { BLOCKS_ENOUGH = 132, BLOCKS_WANTED = 264 };

/* A part of the depth is worth its memory traffic (a tile is written and read one extra time) from
 * this depth on: a tile of 64 x 64 then loads panels of 8 times its outputs. */
enum { PART_DEPTH_LEAST = 256 };

static int64_t tiles_of(const Product *product, int size) {
    return gpu_divide_up(product->rows, size) * gpu_divide_up(product->columns, size) *
           product->groups;
}

static int64_t most_parts(const Product *product) {
    return product->depth < 2 * PART_DEPTH_LEAST ? 1 : product->depth / PART_DEPTH_LEAST;
}

/* Big tiles load half as much. They are used where there are enough of them and padding in the last
 * row and column wastes less than a quarter. */
static bool big_tiles_pay(const Product *product) {
    const int64_t big = tiles_of(product, PRODUCT_BIG_TILE);
    const int64_t small = tiles_of(product, PRODUCT_SMALL_TILE);
    return sizeof(real) == sizeof(float) && big * most_parts(product) >= BLOCKS_ENOUGH &&
           4 * big <= small + small / 4;
}

static ProductKind choose_kind(const Product *product) {
    if (!product_takes_vectors(product)) return PRODUCT_REALS;
    return big_tiles_pay(product) ? PRODUCT_BIG : PRODUCT_SMALL;
}

static GpuKernel *choose_kernel(const Product *product, ProductKind kind) {
    const ProductForm form = product->form;
    const ProductKernels *kernels = form == PRODUCT_ROW_ROW      ? product_row_row_kernels()
                                    : form == PRODUCT_ROW_COLUMN ? product_row_column_kernels()
                                                                 : product_column_column_kernels();
    const bool rounded =
        !product->exact && gpu_may_round_products() && sizeof(real) == sizeof(float);
    return rounded ? kernels->rounded[kind] : kernels->exact[kind];
}

/* ---- Tiling ---- */

/* One more of digit 1 (or 2) for a digit 0 (or 1) that starts again. */
static void set_carry(ProductStep *step, const ProductAxis *axis, int which) {
    const int lower = which - 1, size = axis->size[lower];
    step->stride[which] = axis->stride[which] - size * axis->stride[lower];
    step->y[which] = axis->y[which] - size * axis->y[lower];
    step->x[which] = axis->x[which] - size * axis->x[lower];
}

static ProductStep depth_step(const ProductAxis *axis) {
    const int digit[3] = { PRODUCT_DEPTH % axis->size[0],
                           PRODUCT_DEPTH / axis->size[0] % axis->size[1],
                           PRODUCT_DEPTH / axis->size[0] / axis->size[1] };
    ProductStep step;
    memset(&step, 0, sizeof step);
    step.digit[0] = digit[0];
    step.digit[1] = digit[1];
    for (int i = 0; i < 3; i++) {
        step.stride[0] += digit[i] * axis->stride[i];
        step.y[0] += digit[i] * axis->y[i];
        step.x[0] += digit[i] * axis->x[i];
    }
    set_carry(&step, axis, 1);
    set_carry(&step, axis, 2);
    return step;
}

static bool stores_pairs(const Product *product) {
    bool even = is_aligned(product->to, 2 * sizeof(real)) && product->to_group % 2 == 0 &&
                product->part_stride % 2 == 0;
    for (int i = 0; i < 3; i++) even = even && product->to_row.stride[i] % 2 == 0;
    return even;
}

static void choose_tiling(Product *product, ProductKind kind) {
    const int size = kind == PRODUCT_BIG ? PRODUCT_BIG_TILE : PRODUCT_SMALL_TILE;
    const int64_t tiles = tiles_of(product, size), most = most_parts(product);
    int64_t parts = tiles ? BLOCKS_WANTED / tiles : 1;
    parts = parts < 1 ? 1 : parts > most ? most : parts;
    const int64_t steps = gpu_divide_up(product->depth, PRODUCT_DEPTH);
    const int64_t part_steps = steps ? gpu_divide_up(steps, parts) : 1;
    product->row_tiles = product_int(gpu_divide_up(product->rows, size));
    product->column_tiles = product_int(gpu_divide_up(product->columns, size));
    product->parts = product_int(steps ? gpu_divide_up(steps, part_steps) : 1);
    product->part_depth = product_int(part_steps * PRODUCT_DEPTH);
    product->left.step = depth_step(&product->left.depth);
    product->right.step = depth_step(&product->right.depth);
}

/* ---- The second pass ---- */

typedef struct ProductParts {
    Product product; /* what the whole is to become */
    int64_t count;   /* elements of one part: [groups, rows, columns] */
    const real *parts;
} ProductParts;

enum { ADD_THREADS = 128 };

/* Each thread adds one element of all parts, in order; neighbouring threads read neighbouring
 * elements. */
GPU_KERNEL(product_add_parts, ADD_THREADS, ProductParts) {
    const Product *product = &a->product;
    const int64_t i = (int64_t)gpu_block() * ADD_THREADS + gpu_thread();
    if (i >= a->count) return;
    const int64_t line = i / product->columns;
    const int column = (int)(i - line * product->columns);
    const int group = (int)(line / product->rows),
              row = (int)(line - (int64_t)group * product->rows);
    real sum = 0;
    for (int part = 0; part < product->parts; part++) sum += a->parts[part * a->count + i];
    const int64_t at = product_output(product, group, row) + column;
    product->to[at] = epilogue_value(&product->epilogue, product->to, at,
                                     (int64_t)group * product->columns + column, sum);
}

static void launch(Product *product, GpuKernel *kernel) {
    product->one_digit = product->to_row.size[0] >= product->rows;
    product->pairs = stores_pairs(product);
    gpu_launch(kernel,
               (int64_t)product->row_tiles * product->column_tiles * product->parts *
                   product->groups,
               product);
}

static void launch_in_parts(const Product *whole, GpuKernel *kernel) {
    const int64_t count = (int64_t)whole->groups * whole->rows * whole->columns;
    Tensor parts = gpu_scratch(whole->parts * count);
    Product product = *whole;
    product.to = parts.data;
    product.to_group = (int64_t)whole->rows * whole->columns;
    product.to_row = product_axis(whole->rows, whole->columns);
    product.part_stride = count;
    product.epilogue = product_epilogue(NULL, false);
    launch(&product, kernel);
    ProductParts sum = { *whole, count, parts.data };
    sum.product.one_digit = whole->to_row.size[0] >= whole->rows;
    gpu_launch(&product_add_parts, gpu_divide_up(count, ADD_THREADS), &sum);
    tensor_release(&parts);
}

void product_run(Product product) {
    const ProductKind kind = choose_kind(&product);
    GpuKernel *kernel = choose_kernel(&product, kind);
    product.part_stride = 0;
    choose_tiling(&product, kind);
    if (product.parts == 1)
        launch(&product, kernel);
    else
        launch_in_parts(&product, kernel);
}
