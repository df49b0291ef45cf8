/* export_ops.c - the ONNX nodes of the other ops of autograd, and the table of all rules. */
#include "autograd/pool.h"
#include "autograd/scale.h"
#include "hadnet/export/exporter.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- Pools ---- */

static bool export_max_pool(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    const Pool *pool = node->attributes;
    const int64_t kernel = pool->kernel, stride = pool->stride, pad = pool->padding;
    const OnnxValue x = exporter_input(exporter, node, 0);
    const OnnxAttribute attributes[] = {
        onnx_integers("kernel_shape", 2, (int64_t[]){ kernel, kernel }),
        onnx_integers("strides", 2, (int64_t[]){ stride, stride }),
        onnx_integers("pads", 4, (int64_t[]){ pad, pad, pad, pad }),
    };
    return exporter_set(exporter, node,
                        onnx_node(&exporter->onnx, "MaxPool", 1, &x, 3, attributes));
}

/* Over the pixels. */
static bool export_global(Exporter *exporter, const Node *node, const char *op) {
    const OnnxValue x = exporter_input(exporter, node, 0);
    const OnnxAttribute attributes[] = { onnx_integers("axes", 2, (int64_t[]){ 2, 3 }),
                                         onnx_integer("keepdims", 0) };
    return exporter_set(exporter, node, onnx_node(&exporter->onnx, op, 1, &x, 2, attributes));
}

static bool export_global_max_pool(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    return export_global(exporter, node, "ReduceMax");
}

static bool export_global_average_pool(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    return export_global(exporter, node, "ReduceMean");
}

/* ---- Element by element ---- */

static bool export_add(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    return exporter_set(exporter, node,
                        onnx_binary(&exporter->onnx, "Add", exporter_input(exporter, node, 0),
                                    exporter_input(exporter, node, 1)));
}

static bool export_scale(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    const OnnxValue factor =
        onnx_number(&exporter->onnx, (float)((const Scale *)node->attributes)->factor);
    return exporter_set(
        exporter, node,
        onnx_binary(&exporter->onnx, "Mul", exporter_input(exporter, node, 0), factor));
}

static bool export_scale_channels(Exporter *exporter, const Node *node, Error *error) {
    const int64_t count = shape_last(&node->inputs[1]->shape);
    real *factors = exporter_constant(exporter, node->inputs[1], error);
    if (!factors) return false;
    const OnnxValue scale =
        exporter_per_channel(exporter, "scale", factors, count, node->shape.rank);
    free(factors);
    return exporter_set(
        exporter, node,
        onnx_binary(&exporter->onnx, "Mul", exporter_input(exporter, node, 0), scale));
}

/* log(1 + d^2): rounding 1 + d^2 costs an error of at most 6e-8. */
static bool export_log1p_squared_difference(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    OnnxGraph *onnx = &exporter->onnx;
    const OnnxValue d = onnx_binary(onnx, "Sub", exporter_input(exporter, node, 0),
                                    exporter_input(exporter, node, 1));
    const OnnxValue square = onnx_binary(onnx, "Mul", d, d);
    const OnnxValue sum = onnx_binary(onnx, "Add", square, onnx_number(onnx, 1));
    return exporter_set(exporter, node, onnx_unary(onnx, "Log", sum));
}

/* ---- Channels ---- */

/* Channels are axis 1 of [N,C,H,W] and of [N,C]. */
static bool export_concat(Exporter *exporter, const Node *node, Error *error) {
    OnnxValue values[OP_MAX_INPUTS];
    if (node->shape.rank != 4 && node->shape.rank != 2)
        return error_set(error, "only [B,H,W,C] and [B,C] have an ONNX form");
    for (int i = 0; i < node->input_count; i++) values[i] = exporter_input(exporter, node, i);
    return exporter_set(exporter, node, onnx_concat(&exporter->onnx, node->input_count, values, 1));
}

static bool export_channel_gather(Exporter *exporter, const Node *node, Error *error) {
    const int64_t count = shape_last(&node->shape);
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,C] has an ONNX form");
    real *numbers = exporter_constant(exporter, node->inputs[1], error);
    if (!numbers) return false;
    int64_t *indices = memory_new((size_t)count, sizeof *indices);
    for (int64_t i = 0; i < count; i++) indices[i] = (int64_t)numbers[i];
    const OnnxValue in[] = { exporter_input(exporter, node, 0),
                             onnx_list(&exporter->onnx, (int)count, indices) };
    const OnnxAttribute axis = onnx_integer("axis", 1);
    free(indices), free(numbers);
    return exporter_set(exporter, node, onnx_node(&exporter->onnx, "Gather", 2, in, 1, &axis));
}

/* Of equal scores ONNX, too, takes the lower index first. */
static bool export_top_k_channels(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    const OnnxValue in[] = { exporter_input(exporter, node, 0),
                             onnx_list(&exporter->onnx, 1, &node->shape.size[1]) };
    const OnnxAttribute axis = onnx_integer("axis", 1);
    OnnxValue out[2]; /* scores, places */
    onnx_node_outputs(&exporter->onnx, "TopK", 2, in, 1, &axis, 2, out);
    return exporter_set(exporter, node, out[1]);
}

/* x [N,C,H,W], places [N,k] -> [N,k,H,W]. */
static bool export_channel_gather_per_sample(Exporter *exporter, const Node *node, Error *error) {
    OnnxGraph *onnx = &exporter->onnx;
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,C] has an ONNX form");
    const int64_t last = -1;
    const OnnxValue places = onnx_binary(onnx, "Unsqueeze", exporter_input(exporter, node, 1),
                                         onnx_list(onnx, 1, &last));
    const OnnxValue in[] = { exporter_input(exporter, node, 0), places };
    const OnnxAttribute batch = onnx_integer("batch_dims", 1);
    return exporter_set(exporter, node, onnx_node(onnx, "GatherND", 2, in, 1, &batch));
}

/* x [N,C,H,W] times 1 at the places [N,k], 0 elsewhere. A channel may be listed twice. */
static bool export_channel_keep(Exporter *exporter, const Node *node, Error *error) {
    OnnxGraph *onnx = &exporter->onnx;
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,C] has an ONNX form");
    const OnnxValue places = exporter_input(exporter, node, 1);
    const OnnxValue channels = onnx_list(onnx, 1, &node->shape.size[3]);
    const OnnxValue size = onnx_concat(onnx, 2, (OnnxValue[]){ exporter->batch, channels }, 0);
    const OnnxValue in[] = { onnx_unary(onnx, "ConstantOfShape", size), places,
                             onnx_binary(onnx, "Expand", onnx_number(onnx, 1),
                                         onnx_unary(onnx, "Shape", places)) };
    const OnnxAttribute axis = onnx_integer("axis", 1);
    const OnnxValue kept = onnx_node(onnx, "ScatterElements", 3, in, 1, &axis);
    const OnnxValue pixels = onnx_list(onnx, 2, (int64_t[]){ 2, 3 });
    return exporter_set(exporter, node,
                        onnx_binary(onnx, "Mul", exporter_input(exporter, node, 0),
                                    onnx_binary(onnx, "Unsqueeze", kept, pixels)));
}

/* ---- Size ---- */

static bool export_resize_bilinear(Exporter *exporter, const Node *node, Error *error) {
    (void)error;
    const int64_t *size = node->shape.size;
    OnnxGraph *onnx = &exporter->onnx;
    const OnnxValue rest = onnx_list(onnx, 3, (int64_t[]){ size[3], size[1], size[2] });
    const OnnxValue sizes = onnx_concat(onnx, 2, (OnnxValue[]){ exporter->batch, rest }, 0);
    return exporter_set(exporter, node,
                        export_resize(onnx, exporter_input(exporter, node, 0), sizes));
}

OnnxValue export_resize(OnnxGraph *onnx, OnnxValue x, OnnxValue sizes) {
    const OnnxAttribute attributes[] = {
        onnx_text("mode", "linear"),
        onnx_text("coordinate_transformation_mode", "half_pixel"),
    };
    const OnnxValue none = { "" }, in[] = { x, none, none, sizes };
    return onnx_node(onnx, "Resize", 4, in, 2, attributes);
}

/* ---- The table ---- */

static const struct {
    const char *op;
    ExportRule *rule;
} rules[] = {
    { "add", export_add },
    { "batch_norm", export_batch_norm },
    { "batch_norm_add_relu", export_batch_norm },
    { "batch_norm_plain", export_batch_norm },
    { "batch_norm_relu", export_batch_norm },
    { "channel_gather", export_channel_gather },
    { "channel_gather_per_sample", export_channel_gather_per_sample },
    { "channel_keep", export_channel_keep },
    { "concat", export_concat },
    { "conv2d", export_conv2d },
    { "euclidean_logits", export_euclidean_logits },
    { "feature_clip", export_feature_clip },
    { "global_average_pool", export_global_average_pool },
    { "global_max_pool", export_global_max_pool },
    { "hyperplane_logits", export_hyperplane_logits },
    { "linear", export_linear },
    { "log1p_squared_difference", export_log1p_squared_difference },
    { "max_pool", export_max_pool },
    { "resize_bilinear", export_resize_bilinear },
    { "scale", export_scale },
    { "scale_channels", export_scale_channels },
    { "top_k_channels", export_top_k_channels },
};

ExportRule *export_rule(const char *op) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(op, rules[i].op)) return rules[i].rule;
    return NULL;
}
