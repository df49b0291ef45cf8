/* Every op of the table on the GPU (the emulated one, where none answers): against the CPU, for
 * several orders of threads with the same bits each time; in double, the gradients of its kernels.
 */
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/op_axes.h"
#include "tests/test.h"

#include <stdio.h>

enum { SCHEDULES = 8, SCHEDULES_OF_MANY = 2 };

static bool has_kernels(const Device *gpu, const Op *op) {
    return op_kernel(&op->forward, gpu) && (!op->differentiable || op_kernel(&op->backward, gpu)) &&
           (!op->fuses || op_kernel(&op->fused, gpu));
}

/* Products may differ by the rounding of their factors to tf32: 2^-11 each. */
static void check_against_cpu(const Device *gpu, const Op *op, const ProbeCase *probe, bool rounded,
                              bool twice) {
    CaseResult found, expected;
    const double tolerance = rounded && sizeof(real) == sizeof(float) ? 4e-3 : 2000 * REAL_EPSILON;
    gpu->round_products(rounded);
    if (case_run(gpu, op, probe, twice, &found) &&
        case_run(device_cpu(), op, probe, twice, &expected)) {
        const double distance = case_distance(&found, &expected);
        if (!(distance <= tolerance))
            test_fail(__FILE__, __LINE__, "%s: off by %g of the largest element; accepted %g",
                      twice ? "accumulating" : "once", distance, tolerance);
        case_free(&expected);
    }
    case_free(&found);
    gpu->round_products(true);
}

static void check_schedules(const Device *gpu, const Op *op, const ProbeCase *probe) {
    const int schedules = walk_case_elements(probe) < WALK_LARGE ? SCHEDULES : SCHEDULES_OF_MANY;
    uint64_t hash = 0;
    for (int seed = 0; seed < schedules; seed++) {
        CaseResult result;
        gpu_shuffle((uint64_t)seed);
        if (!case_run(gpu, op, probe, false, &result)) return;
        if (seed == 0) hash = case_hash(&result);
        CHECK(case_hash(&result) == hash);
        case_free(&result);
    }
}

typedef struct Walking {
    const Op *op;
    const ProbeCase *probe;
} Walking;

static Node *build_case(Node *const *leaves, void *context) {
    Node *inputs[OP_MAX_INPUTS];
    const Walking *walking = context;
    for (int i = 0; i < probe_input_count(walking->probe); i++) inputs[i] = op_scale(leaves[i], 1);
    return probe_build(walking->op, walking->probe, inputs);
}

/* For every subset of the inputs, on the GPU. */
static int64_t check_gradients(const Device *gpu, const Op *op, const ProbeCase *probe) {
    const int count = probe_input_count(probe);
    const unsigned all = op->differentiable & ((1u << count) - 1);
    Walking walking = { op, probe };
    Tensor host[OP_MAX_INPUTS], inputs[OP_MAX_INPUTS];
    Error error = { "" };
    probe_inputs(probe, 2, host);
    for (int i = 0; i < probe_input_count(probe); i++) {
        inputs[i] = tensor_create(gpu, host[i].shape);
        tensor_copy(&inputs[i], &host[i]);
    }
    GradientReport report = { 0, 0, 0 };
    gpu_leave_open(true); /* the host was kept away in all that came before */
    if (all && !gradient_check_subsets(build_case, &walking, inputs, count, all, probe->training, 7,
                                       1e-7, &report, &error))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    CHECK(report.loose == 0);
    gpu_leave_open(false);
    probe_release(probe, inputs);
    probe_release(probe, host);
    return report.checked;
}

/* Derived cases are only compared with the CPU, whose gradients are checked: thousands of forward
 * passes on an emulated GPU take their time. */
static int64_t walk_case(const Device *gpu, const Op *op, const WalkCase *one) {
    const ProbeCase *probe = &one->probe;
    test_case("gpu op %s, %s, against the CPU", op->name, probe->name);
    check_against_cpu(gpu, op, probe, false, false);
    check_against_cpu(gpu, op, probe, false, true);
    if (op->multiply_adds) check_against_cpu(gpu, op, probe, true, false);
    test_case("gpu op %s, %s, the same bits in any order", op->name, probe->name);
    check_schedules(gpu, op, probe);
    if (sizeof(real) != sizeof(double) || !op->differentiable || one->derived) return 0;
    test_case("gpu op %s, %s, gradient", op->name, probe->name);
    return check_gradients(gpu, op, probe);
}

TEST(gpu_table_walk) {
    int64_t elements = 0;
    const Device *gpu = gpu_for_tests();
    if (!gpu) return;
    printf("   device gpu: %s\n", gpu->description);
    memory_poison_released(true);
    for (int i = 0; i < op_count; i++) {
        const Op *op = op_table[i];
        test_case("gpu op %s has kernels", op->name);
        CHECK(has_kernels(gpu, op));
        if (!has_kernels(gpu, op)) continue;
        static WalkCase cases[WALK_CASES_MOST];
        const int count = walk_cases(op, cases);
        for (int j = 0; j < count; j++) elements += walk_case(gpu, op, &cases[j]);
    }
    memory_poison_released(false);
    printf("   %lld gradient elements of GPU kernels compared\n", (long long)elements);
}
