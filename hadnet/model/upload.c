#include "hadnet/model/upload.h"

#include <stdlib.h>

bool upload_floats(const Node *node, const float *values, Error *error) {
#ifdef REAL_IS_DOUBLE
    const int64_t n = shape_elements(&node->shape);
    real *converted = malloc((size_t)n * sizeof *converted);
    if (!converted) return error_no_memory(error, "%lld numbers to convert", (long long)n);
    for (int64_t i = 0; i < n; i++) converted[i] = (real)values[i];
    tensor_upload(&node->value, converted);
    free(converted);
#else
    (void)error;
    tensor_upload(&node->value, values);
#endif
    return true;
}
