/* background_margin.c - the op t = max over defect classes k >= 1 of d_k, minus d_0: the distance
 * of a pixel from background towards defect. The AFSS target T is made of it (eq. 9; afss.h). It
 * has no gradient, as it only selects channels. */
#include "hadnet/model/background_margin.h"
#include "autograd/probe.h"
#include "hadnet/ops.h"

static bool background_margin_shape(Node *node, Error *error) {
    const Shape *d = &node->inputs[0]->shape;
    node->shape = *d;
    if (d->rank < 1 || shape_last(d) < 2)
        return error_set(error, "needs a row of at least 2 class distances");
    node->shape.size[d->rank - 1] = 1;
    return true;
}

static void background_margin_forward_cpu(Node *node) {
    const int64_t rows = shape_rows(&node->shape), classes = shape_last(&node->inputs[0]->shape);
    const real *d = node->inputs[0]->value.data;
    real *t = node->value.data;
#pragma omp parallel for schedule(static) if (parallel_pays(rows))
    for (int64_t row = 0; row < rows; row++)
        t[row] = background_margin_of(d + row * classes, classes);
}

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_background_margin(in[0]);
}

static void oracle(const Node *node, double *t) {
    const Node *d = node->inputs[0];
    const int64_t classes = shape_last(&d->shape);
    for (int64_t i = 0; i < shape_rows(&d->shape); i++) {
        t[i] = -1e30;
        for (int64_t k = 1; k < classes; k++) {
            const double margin =
                (double)d->value.data[i * classes + k] - (double)d->value.data[i * classes];
            if (margin > t[i]) t[i] = margin;
        }
    }
}

static const ProbeCase background_margin_cases[] = {
    { "two classes", { { { 3, 2 } } } },
    { "odd", { { { 2, 3, 5, 7 } } }, .axes = { "nhw." } },
    { "one pixel", { { { 4 } } } },
    { 0 },
};

const Op background_margin_op = {
    .name = "background_margin",
    .shape = background_margin_shape,
    .forward = KERNEL(background_margin_forward),
    .probe = { build, oracle, background_margin_cases },
};

Node *op_background_margin(Node *distances) {
    return graph_append(&background_margin_op, (Node *[]){ distances }, 1, NULL, 0);
}
