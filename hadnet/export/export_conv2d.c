/* export_conv2d.c - the ONNX nodes of convolutions, linear layers and batch norms. */
#include "autograd/batch_norm/batch_norm.h"
#include "autograd/conv2d/conv2d.h"
#include "hadnet/export/exporter.h"
#include "nn/filter_layout.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- Batch norm: an affine function per channel ---- */

/* y = (x - mean) scale + shift. */
typedef struct Line {
    real *mean, *scale, *shift; /* [channels], one allocation, owned by mean */
} Line;

static bool is_batch_norm(const Node *node) {
    return !strncmp(node->op->name, "batch_norm", 10);
}

static bool read_line(const Exporter *exporter, const Node *node, Line *line, Error *error) {
    const bool affine = batch_norm_of(node)->affine;
    const int64_t channels = shape_last(&node->shape);
    real *weight = affine ? exporter_constant(exporter, node->inputs[1], error) : NULL;
    real *bias = affine ? exporter_constant(exporter, node->inputs[2], error) : NULL;
    real *mean = exporter_constant(exporter, batch_norm_running_mean(node), error);
    real *variance = exporter_constant(exporter, batch_norm_running_var(node), error);
    const bool good = mean && variance && (!affine || (weight && bias));
    line->mean = memory_new(3 * (size_t)channels, sizeof(real));
    line->scale = line->mean + channels, line->shift = line->scale + channels;
    for (int64_t c = 0; good && c < channels; c++) {
        const BatchNormConstants constants =
            batch_norm_constants((double)mean[c], (double)variance[c],
                                 affine ? (double)weight[c] : 1, affine ? (double)bias[c] : 0);
        line->mean[c] = constants.of[BATCH_NORM_MEAN];
        line->scale[c] = constants.of[BATCH_NORM_SCALE];
        line->shift[c] = constants.of[BATCH_NORM_SHIFT];
    }
    free(weight), free(bias), free(mean), free(variance);
    return good;
}

/* A batch norm that is the only reader of a convolution is folded into its filters. */
static const Node *norm_to_fold(const Exporter *exporter, const Node *node) {
    const Node *reader = exporter->reader[node->index];
    const bool alone = exporter->readers[node->index] == 1;
    return alone && is_batch_norm(reader) && reader->inputs[0] == node ? reader : NULL;
}

static OnnxValue draw_line(Exporter *exporter, const Node *node, const Line *line, OnnxValue x) {
    OnnxGraph *onnx = &exporter->onnx;
    const int64_t channels = shape_last(&node->shape);
    const int rank = node->shape.rank;
    x = onnx_binary(onnx, "Sub", x,
                    exporter_per_channel(exporter, "mean", line->mean, channels, rank));
    x = onnx_binary(onnx, "Mul", x,
                    exporter_per_channel(exporter, "scale", line->scale, channels, rank));
    if (!batch_norm_of(node)->affine) return x;
    return onnx_binary(onnx, "Add", x,
                       exporter_per_channel(exporter, "shift", line->shift, channels, rank));
}

bool export_batch_norm(Exporter *exporter, const Node *node, Error *error) {
    const BatchNorm *norm = batch_norm_of(node);
    const Node *before = node->inputs[0];
    OnnxValue x = exporter_input(exporter, node, 0);
    if (batch_norm_uses_batch(node)) return error_set(error, "it uses statistics of the batch");
    const bool folds =
        before->op && (!strcmp(before->op->name, "conv2d") || !strcmp(before->op->name, "linear"));
    if (!folds || norm_to_fold(exporter, before) != node) {
        Line line;
        const bool good = read_line(exporter, node, &line, error);
        if (good) x = draw_line(exporter, node, &line, x);
        free(line.mean);
        if (!good) return false;
    }
    if (norm->residual)
        x = onnx_binary(&exporter->onnx, "Add", x, exporter_input(exporter, node, 5));
    if (norm->relu) x = onnx_unary(&exporter->onnx, "Relu", x);
    return exporter_set(exporter, node, x);
}

/* ---- Convolution, and linear as one of 1x1 ---- */

/* With y = (w x + b - mean) scale + shift:  w <- w scale, b <- (b - mean) scale + shift. */
static void fold(const Line *line, int64_t out, int64_t taps, real *weight, real *bias) {
    for (int64_t o = 0; o < out; o++) {
        const double scale = (double)line->scale[o];
        bias[o] =
            (real)(((double)bias[o] - (double)line->mean[o]) * scale + (double)line->shift[o]);
        for (int64_t i = 0; i < taps; i++)
            weight[o * taps + i] = (real)((double)weight[o * taps + i] * scale);
    }
}

/* Filters [out,in,height,width], with the following batch norm, if any, folded in. NULL on
 * error. */
static real *read_filters(const Exporter *exporter, const Node *node, const Shape *shape,
                          real **bias, Error *error) {
    const size_t count = (size_t)shape_elements(shape), out = (size_t)shape->size[0];
    const Node *norm = norm_to_fold(exporter, node);
    Line line = { .mean = NULL };
    real *memory = exporter_constant(exporter, node->inputs[1], error);
    *bias = node->input_count == 3 ? exporter_constant(exporter, node->inputs[2], error)
                                   : calloc(out, sizeof(real));
    real *filters = malloc(count * sizeof *filters);
    bool good = memory && *bias && filters;
    if (good)
        filter_to_file(shape, memory, filters);
    else if (!error->text[0])
        error_no_memory(error, "%zu weights", count);
    if (good && norm && (good = read_line(exporter, norm, &line, error)))
        fold(&line, (int64_t)out, (int64_t)(count / out), filters, *bias);
    free(line.mean), free(memory);
    if (good) return filters;
    free(filters), free(*bias);
    return NULL;
}

/* shape: of the filters in memory, [out,height,width,in]. */
static bool export_filters(Exporter *exporter, const Node *node, const Shape *shape,
                           const Conv2d *conv, Error *error) {
    const Node *weight = node->inputs[1];
    const int64_t *size = shape->size, out = size[0], pad = conv->padding;
    const bool has_bias = node->input_count == 3 || norm_to_fold(exporter, node);
    real *bias, *filters = read_filters(exporter, node, shape, &bias, error);
    if (!filters) return false;
    const int64_t filter_size[] = { out, size[3], size[1], size[2] };
    OnnxValue in[3] = { exporter_input(exporter, node, 0) };
    if (!has_bias) free(bias);
    bool good = exporter_floats(exporter, weight->name, filters, 4, filter_size, &in[1], error);
    if (has_bias)
        good =
            exporter_floats(exporter, "bias", bias, 1, &out, &in[2], good ? error : NULL) && good;
    const OnnxAttribute attributes[] = {
        onnx_integers("kernel_shape", 2, (int64_t[]){ size[1], size[2] }),
        onnx_integers("strides", 2, (int64_t[]){ conv->stride, conv->stride }),
        onnx_integers("pads", 4, (int64_t[]){ pad, pad, pad, pad }),
        onnx_integer("group", conv->groups),
    };
    if (!good) return false;
    return exporter_set(exporter, node,
                        onnx_node(&exporter->onnx, "Conv", has_bias ? 3 : 2, in, 4, attributes));
}

bool export_conv2d(Exporter *exporter, const Node *node, Error *error) {
    return export_filters(exporter, node, &node->inputs[1]->shape, node->attributes, error);
}

bool export_linear(Exporter *exporter, const Node *node, Error *error) {
    const int64_t *weight = node->inputs[1]->shape.size;
    const Shape shape = shape_4(weight[0], 1, 1, weight[1]);
    const Conv2d conv = { .stride = 1, .padding = 0, .groups = 1 };
    if (node->shape.rank != 4) return error_set(error, "only [B,H,W,C] has an ONNX form");
    return export_filters(exporter, node, &shape, &conv, error);
}
