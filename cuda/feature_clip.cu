/* The GPU kernels of hyp/feature_clip.c. */
#include "cuda/row_tile.h"

C_HEADERS_BEGIN
#include "hyp/ball.h"
#include "hyp/feature_clip.h"
#include "hyp/ops.h"
C_HEADERS_END

typedef struct FeatureClipRows {
    Rows rows;
    int64_t n;
    real radius;
} FeatureClipRows;

static GPU_DEVICE void feature_clip_forward_row(const FeatureClipRows *a, const Row *row) {
    ball_clip(row->in[0], a->n, a->radius, row->out[0].data);
}

ROW_KERNELS(feature_clip_forward, 1, FeatureClipRows)

static GPU_DEVICE void feature_clip_backward_row(const FeatureClipRows *a, const Row *row) {
    ball_clip_backward(row->in[0], a->n, a->radius, row->in[1], row->out[0]);
}

ROW_KERNELS(feature_clip_backward, 2, FeatureClipRows)

static void launch(const RowKernels *kernels, const Node *node, int parts, const RowPart *part) {
    const FeatureClipRows arguments = { rows_plan(shape_rows(&node->shape), parts, part),
                                        shape_last(&node->shape),
                                        ((const FeatureClip *)node->attributes)->radius };
    rows_launch(kernels, &arguments.rows, &arguments);
}

GPU_OP(feature_clip_forward) {
    const int64_t n = shape_last(&node->shape);
    const RowPart part = row_part(node->inputs[0]->value.data, row_value(node->value.data), n);
    launch(&feature_clip_forward, node, 1, &part);
}

GPU_OP(feature_clip_backward) {
    const int64_t n = shape_last(&node->shape);
    const RowPart part[2] = { row_part(node->inputs[0]->value.data, node->input_gradients[0], n),
                              row_input(node->gradient.data, n) };
    launch(&feature_clip_backward, node, 2, part);
}
