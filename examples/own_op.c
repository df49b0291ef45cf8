/* own_op.c - an op of your own with a GPU kernel, outside the library: swish (Ramachandran et al.,
 * 2017), y = x s with s = 1 / (1 + exp(-x)), so dy/dx = s + x s (1 - s), checked by op_check.
 *
 *     ./build.sh run examples/own_op.c              the oracle, any number of threads, the GPU
 *     ./build.sh run --double examples/own_op.c     and the gradients, by differences
 *
 * If there is a GPU, nvcc compiles this file; otherwise the C compiler does, for the emulated GPU.
 * It uses only what C11 and CUDA's C++ share. */
#include "cuda/port/gpu.h"
C_HEADERS_BEGIN
#include "autograd/autograd.h"
C_HEADERS_END

/* Forward or backward of n elements: dy is NULL in forward; `to` is y, or dx. */
typedef struct Swish { int64_t n; const real *x, *dy; Gradient to; } Swish;

static inline HD void swish_element(const Swish *work, int64_t i) { /* shared by CPU and GPU */
    const real x = work->x[i], s = 1 / (1 + exp(-x)), slope = s + x * s * (1 - s);
    gradient_store(work->to, i, work->dy ? slope * work->dy[i] : x * s);
}

static Swish swish_work(const Node *node, bool backward) {
    const Gradient y = { node->value.data, false };
    const Swish work = { shape_elements(&node->shape), node->inputs[0]->value.data,
                         backward ? node->gradient.data : NULL,
                         backward ? node->input_gradients[0] : y };
    return work;
}

static void swish_on_cpu(Swish work) {
#pragma omp parallel for if (parallel_pays(work.n))
    for (int64_t i = 0; i < work.n; i++) swish_element(&work, i);
}
static void swish_forward_cpu(Node *node) { swish_on_cpu(swish_work(node, false)); }
static void swish_backward_cpu(Node *node) { swish_on_cpu(swish_work(node, true)); }

GPU_KERNEL(swish_kernel, 256, Swish) {
    const int64_t i = (int64_t)gpu_block() * 256 + gpu_thread();
    if (i < a->n) swish_element(a, i);
}

static void swish_on_gpu(Swish work) {
    gpu_launch(&swish_kernel, gpu_divide_up(work.n, 256), &work);
}
GPU_OP(swish_forward) { swish_on_gpu(swish_work(node, false)); }
GPU_OP(swish_backward) { swish_on_gpu(swish_work(node, true)); }

static bool swish_shape(Node *node, Error *error) { /* x: any but empty; y has the same */
    node->shape = node->inputs[0]->shape;
    return shape_elements(&node->shape) > 0 || error_set(error, "x must not be empty");
}

extern const Op swish_op;
static Node *op_swish(Node *x) { return graph_append(&swish_op, &x, 1, NULL, 0); }

static Node *build(Node *const *inputs, const double *arguments) {
    (void)arguments;
    return op_swish(inputs[0]);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = x[i] / (1 + exp(-(double)x[i]));
}

static const ProbeCase cases[] = {
    { .name = "odd", .inputs = { { { 3, 5, 7 }, -6, 6 } }, .axes = { "abc" } }, { 0 }
};

const Op swish_op = {
    .name = "swish", .differentiable = INPUT(0), .backward_reads = INPUT(0), .shape = swish_shape,
    .forward = KERNEL(swish_forward), .backward = KERNEL(swish_backward), .probe = { build, oracle, cases },
};

int main(void) {
    OpReport report;
    Error error = { "" };
    if (!op_check(&swish_op, NULL, &report, &error)) return puts(error.text), 1;
    return puts(op_report_text(&report).text), 0;
}
