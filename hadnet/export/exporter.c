/* exporter.c - helpers for export rules, mostly for constants. */
#include "hadnet/export/exporter.h"

#include <stdlib.h>
#include <string.h>

static bool gathers_constants(const Exporter *exporter, const Node *node) {
    return !strcmp(node->op->name, "channel_gather") && node->inputs[0]->shape.rank == 1 &&
           exporter_is_constant(exporter, node->inputs[0]) &&
           exporter_is_constant(exporter, node->inputs[1]);
}

bool exporter_is_constant(const Exporter *exporter, const Node *node) {
    return node->op ? gathers_constants(exporter, node) : node != exporter->image;
}

/* gathered[i] = values[indices[i]]; the indices were checked when the file was read. */
static real *gather(const Exporter *exporter, const Node *node, Error *error) {
    real *values = exporter_constant(exporter, node->inputs[0], error);
    real *gathered = values ? exporter_constant(exporter, node->inputs[1], error) : NULL;
    for (int64_t i = 0; gathered && i < shape_elements(&node->shape); i++)
        gathered[i] = values[(int64_t)gathered[i]];
    free(values);
    return gathered;
}

real *exporter_constant(const Exporter *exporter, const Node *node, Error *error) {
    if (!exporter_is_constant(exporter, node))
        return error_set(error, "only constant weights can be exported"), NULL;
    if (node->op) return gather(exporter, node, error);
    const size_t bytes = (size_t)shape_elements(&node->shape) * sizeof(real);
    real *values = malloc(bytes + 1);
    if (!values) return error_no_memory(error, "'%s' of %zu bytes", node->name, bytes), NULL;
    tensor_download(&node->value, values);
    return values;
}

bool exporter_floats(Exporter *exporter, const char *name, real *values, int rank,
                     const int64_t *size, OnnxValue *constant, Error *error) {
    if (!values) return false;
    int64_t count = 1;
    for (int i = 0; i < rank; i++) count *= size[i];
    float *floats = malloc((size_t)count * sizeof *floats + 1);
    for (int64_t i = 0; floats && i < count; i++) floats[i] = (float)values[i];
    free(values);
    if (!floats) return error_no_memory(error, "'%s' of %lld numbers", name, (long long)count);
    *constant = onnx_floats(&exporter->onnx, name, floats, rank, size);
    free(floats);
    return true;
}

OnnxValue exporter_per_channel(Exporter *exporter, const char *name, const real *values,
                               int64_t channels, int rank) {
    const int64_t size[] = { channels, 1, 1 };
    float floats[channels];
    for (int64_t c = 0; c < channels; c++) floats[c] = (float)values[c];
    return onnx_floats(&exporter->onnx, name, floats, rank == 4 ? 3 : 1, size);
}
