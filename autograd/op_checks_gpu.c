/* op_checks_gpu.c - the checks of op_check on a GPU, emulated or real. */
#include "autograd/op_checks.h"
#include "tensor/memory.h"

enum { ORDERS = 8, ORDERS_OF_MANY = 2 };

/* Products may differ by the rounding of their factors to tf32: 2^-11 each. */
static const double gpu_tolerance = 2000 * REAL_EPSILON, rounded_tolerance = 4e-3;

/* Functions that an emulated GPU offers to checks, found by name like kernels; NULL on a real
 * one. */
static void gpu_shuffle(const Device *gpu, uint64_t seed) {
    void (*shuffle)(uint64_t) = (void (*)(uint64_t))gpu->kernel("emulated_shuffle");
    if (shuffle) shuffle(seed);
}

static void gpu_leave_open(const Device *gpu, bool open) {
    void (*leave_open)(bool) = (void (*)(bool))gpu->kernel("emulated_leave_open");
    if (leave_open) leave_open(open);
}

static bool compare_with_cpu(Check *check, bool rounded, bool twice, Error *error) {
    const double tolerance =
        rounded && sizeof(real) == sizeof(float) ? rounded_tolerance : gpu_tolerance;
    OpRun found, expected = { 0 };
    check->gpu->round_products(rounded);
    bool right = check_run(check, check->gpu, twice, &found, error) &&
                 check_run(check, device_cpu(), twice, &expected, error);
    if (right) {
        const OpDifference at = op_run_compare(&found, &expected, 1);
        check->report->gpu += check_elements(&found, OP_PART_OUTPUT);
        Error cause = { "" };
        right = at.off <= tolerance;
        if (!right) {
            check_refuse(&found, &at, &cause);
            error_set(error, "%s%.600s; off by %.2g of the largest, %.2g is accepted",
                      twice ? "accumulating, " : "", cause.text, at.off, tolerance);
        }
    }
    check->gpu->round_products(true);
    op_run_free(&found);
    op_run_free(&expected);
    return right;
}

bool check_against_cpu(Check *check, Error *error) {
    return compare_with_cpu(check, false, false, error) &&
           compare_with_cpu(check, false, true, error) &&
           (!check->op->multiply_adds || compare_with_cpu(check, true, false, error));
}

bool check_orders(Check *check, Error *error) {
    const bool large = op_case_elements(&check->now->probe) >= OP_CASE_LARGE;
    const int usual = large ? ORDERS_OF_MANY : ORDERS;
    const int orders = check->options.orders ? check->options.orders : usual;
    OpRun first = { 0 }, run;
    bool right = true;
    for (int order = 0; right && order < orders; order++) {
        gpu_shuffle(check->gpu, (uint64_t)order);
        right = check_run(check, check->gpu, false, &run, error);
        if (right && order > 0)
            right = check_same_bits(&run, &first, &check->report->gpu_same_bits, error);
        if (order > 0)
            op_run_free(&run);
        else
            first = run;
    }
    op_run_free(&first);
    return right;
}

bool check_gpu_gradients(Check *check, Error *error) {
    const ProbeCase *probe = &check->now->probe;
    Tensor host[OP_MAX_INPUTS], inputs[OP_MAX_INPUTS];
    if (!check_differentiable(check)) return true;
    probe_inputs(probe, check_seed(check, 2), host);
    for (int i = 0; i < probe_input_count(probe); i++) {
        inputs[i] = tensor_create(check->gpu, host[i].shape);
        if (!inputs[i].data) memory_exhausted(tensor_bytes(&inputs[i]));
        tensor_copy(&inputs[i], &host[i]);
    }
    gpu_leave_open(check->gpu, true); /* until here the host could not access device memory */
    const bool right = check_slopes(check, false, inputs, &check->report->gpu_slopes, error);
    gpu_leave_open(check->gpu, false);
    probe_release(probe, inputs);
    probe_release(probe, host);
    return right;
}

static bool has_kernel(const OpKernel *kernel, const char *what, const Device *gpu, Error *error) {
    return (kernel->gpu && gpu->kernel(kernel->gpu)) ||
           error_set(error, "no GPU kernel %s for %s", kernel->gpu ? kernel->gpu : "is named",
                     what);
}

bool check_kernels(Check *check, Error *error) {
    const Op *op = check->op;
    return has_kernel(&op->forward, "forward", check->gpu, error) &&
           (!op->differentiable || has_kernel(&op->backward, "backward", check->gpu, error)) &&
           (!op->fuses || has_kernel(&op->fused, "fused", check->gpu, error));
}
