/* The indices of the k largest of each row, largest first; of equal ones the lower index first, and
 * NaN after every number. Not differentiable.
 *
 * That is a total order of (value, index), so the rank of an element is the number of elements
 * before it. Counting it for every element takes more comparisons than finding one winner after the
 * other, but it is vectorized. Rows have a few hundred elements. */
#include "autograd/top_k_channels.h"
#include "autograd/ops.h"
#include "autograd/probe.h"

typedef struct TopK {
    int64_t k;
} TopK;

static bool top_k_channels_shape(Node *node, Error *error) {
    const Shape *scores = &node->inputs[0]->shape;
    const int64_t k = ((const TopK *)node->attributes)->k;
    if (scores->rank != 2 || k < 1 || k > scores->size[1])
        return error_set(error, "the scores must be [B,C], and k = %lld be 1 to C", (long long)k);
    node->shape = shape_2(scores->size[0], k);
    return true;
}

/* The number of elements before the one at `place`. */
static int rank_of(const real *score, int channels, int place) {
    int before = 0;
    for (int c = 0; c < channels; c++) before += top_k_precedes(score[c], c, score[place], place);
    return before;
}

static void top_k_of_row(const real *score, int channels, int k, real *places) {
    for (int c = 0; c < channels; c++) {
        const int rank = rank_of(score, channels, c);
        if (rank < k) places[rank] = (real)c;
    }
}

static void top_k_channels_forward_cpu(Node *node) {
    const Shape *scores = &node->inputs[0]->shape;
    const int64_t channels = scores->size[1], k = node->shape.size[1];
    const int64_t comparisons = shape_elements(scores) * channels;
#pragma omp parallel for schedule(static) if (parallel_pays(comparisons))
    for (int64_t row = 0; row < scores->size[0]; row++)
        top_k_of_row(node->inputs[0]->value.data + row * channels, (int)channels, (int)k,
                     node->value.data + row * k);
}

/* arguments: k; 0 is all. */
static Node *build(Node *const *in, const double *arguments) {
    return op_top_k_channels(in[0],
                             arguments[0] > 0 ? (int64_t)arguments[0] : in[0]->shape.size[1]);
}

/* The rank of an element is the number of those before it. */
static void oracle(const Node *node, double *y) {
    const int64_t channels = node->inputs[0]->shape.size[1], k = node->shape.size[1];
    for (int64_t row = 0; row < node->shape.size[0]; row++) {
        const real *score = node->inputs[0]->value.data + row * channels;
        for (int64_t c = 0; c < channels; c++) {
            int64_t rank = 0;
            for (int64_t i = 0; i < channels; i++)
                rank += score[i] > score[c] || (score[i] == score[c] && i < c);
            if (rank < k) y[row * k + rank] = (double)c;
        }
    }
}

static const ProbeCase top_k_channels_cases[] = {
    { "odd", { { { 5, 17 } } }, { 3 } },
    { "many equal", { { { 4, 13 }, 0, 3, PROBE_INTEGER } }, .axes = { "nc" } },
    { "more than a block of threads", { { { 2, 300 }, 0, 99, PROBE_INTEGER } } },
    { "one", { { { 1, 1 } } } },
    { 0 },
};

const Op top_k_channels_op = {
    .name = "top_k_channels",
    .shape = top_k_channels_shape,
    .forward = KERNEL(top_k_channels_forward),
    .probe = { build, oracle, top_k_channels_cases },
};

Node *op_top_k_channels(Node *scores, int64_t k) {
    const TopK attributes = { k };
    return graph_append(&top_k_channels_op, (Node *[]){ scores }, 1, &attributes,
                        sizeof attributes);
}
