#include "hadnet/upload.h"

#include <stdlib.h>

void upload_floats(const Node *node, const float *values) {
#ifdef REAL_IS_DOUBLE
    const int64_t n = shape_elements(&node->shape);
    real *converted = malloc((size_t)n * sizeof *converted);
    PROMISE(converted, "no memory to convert %lld floats", (long long)n);
    for (int64_t i = 0; i < n; i++) converted[i] = (real)values[i];
    tensor_upload(&node->value, converted);
    free(converted);
#else
    tensor_upload(&node->value, values);
#endif
}
