/* gemm.c - matrix products: squares, and those of the networks' 1x1 convolutions. */
#include "tensor/kernels/gemm.h"

#include "bench/conv_layers.h"
#include "bench/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Product {
    int64_t rows, columns, depth;
    real *left, *right, *result;
} Product;

static bool run(void *context, Error *error) {
    const Product *product = context;
    (void)error;
    gemm(product->rows, product->columns, product->depth,
         gemm_matrix(product->left, product->depth), gemm_matrix(product->right, product->columns),
         product->result, product->columns, false, NULL);
    return true;
}

/* Each of the matrices is moved once. */
static void measure(Bench *bench, Row row, Product product) {
    const int64_t m = product.rows, n = product.columns, k = product.depth;
    if (!bench_wants(bench, row.name)) return;
    row.multiply_adds = (double)m * (double)n * (double)k;
    row.bytes = (double)sizeof(real) * (double)(m * k + k * n + m * n);
    product.left = filled_reals(m * k);
    product.right = filled_reals(k * n);
    product.result = filled_reals(m * n);
    bench_measure(bench, &row, run, &product);
    free(product.left);
    free(product.right);
    free(product.result);
}

static bool is_one_by_one(const Conv2dShape *shape) {
    return shape->kernel_height == 1 && shape->kernel_width == 1 && shape->groups == 1;
}

static Product product_of(const Conv2dShape *shape) {
    return (Product){ .rows = shape->batch * conv2d_out_height(shape) * conv2d_out_width(shape),
                      .columns = shape->out,
                      .depth = shape->in };
}

/* Layers of other strides may be the same product: only the first of them is measured. */
static bool is_repetition(const ConvLayers *layers, int i) {
    const Product product = product_of(&layers->shape[i]);
    for (int j = 0; j < i; j++) {
        const Product other = product_of(&layers->shape[j]);
        if (is_one_by_one(&layers->shape[j]) && other.rows == product.rows &&
            other.columns == product.columns && other.depth == product.depth)
            return true;
    }
    return false;
}

static void measure_layers(Bench *bench, const ConvLayers *layers) {
    for (int i = 0; i < layers->count; i++) {
        if (!is_one_by_one(&layers->shape[i]) || is_repetition(layers, i)) continue;
        const Product product = product_of(&layers->shape[i]);
        Row row = { .layers = layers->layers[i] };
        snprintf(row.name, sizeof row.name, "%s 1x1: %lldx%lldx%lld", layers->network,
                 (long long)product.rows, (long long)product.columns, (long long)product.depth);
        measure(bench, row, product);
    }
}

/* Rows are named rows x columns x depth. */
void bench_gemm(Bench *bench) {
    for (int64_t size = 256; size <= 4096; size *= 2) {
        Row row = { .name = "" };
        snprintf(row.name, sizeof row.name, "square: %lldx%lldx%lld", (long long)size,
                 (long long)size, (long long)size);
        measure(bench, row, (Product){ .rows = size, .columns = size, .depth = size });
    }
    if (bench->filter && strstr(bench->filter, "square")) return;
    ConvLayers *both = conv_layers_of_both(bench);
    for (int i = 0; both && i < 2; i++) measure_layers(bench, &both[i]);
    free(both);
}
