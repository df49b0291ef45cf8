/* The gradient check must find wrong gradients. Each plant is a copy of op multiply with one fault
 * in its backward; the check, used as in the walk over the op table, must find every fault, and
 * pass the correct op. Then every op of the table has its smallest gradient off by 0.1%. */
#include "autograd/gradient_check.h"
#include "autograd/op_cases.h"
#include "autograd/graph_plan.h"
#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/op_walk.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

typedef struct Plant {
    const char *name;
    Kernel backward;
    unsigned backward_reads;
    const char *words; /* what the message must say */
} Plant;

/* da = factor_a * a_or_b dy, and so on: the parts that the plants vary. */
static void put_share(Node *node, int input, const real *x, real factor) {
    const Gradient gradient = node->input_gradients[input];
    if (!gradient.data) return;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++)
        gradient_store(gradient, i, factor * x[i] * node->gradient.data[i]);
}

static void right(Node *node) {
    put_share(node, 0, node->inputs[1]->value.data, 1);
    put_share(node, 1, node->inputs[0]->value.data, 1);
}

static void sign_flipped(Node *node) {
    put_share(node, 0, node->inputs[1]->value.data, 1);
    put_share(node, 1, node->inputs[0]->value.data, -1);
}

static void factor_off(Node *node) {
    put_share(node, 0, node->inputs[1]->value.data, (real)1.01);
    put_share(node, 1, node->inputs[0]->value.data, 1);
}

static void factor_off_a_little(Node *node) {
    put_share(node, 0, node->inputs[1]->value.data, 1);
    put_share(node, 1, node->inputs[0]->value.data, (real)(1 + 3e-6));
}

static void misrouted(Node *node) {
    put_share(node, 0, node->inputs[0]->value.data, 1);
    put_share(node, 1, node->inputs[1]->value.data, 1);
}

static void one_nan(Node *node) {
    right(node);
    if (node->input_gradients[1].data) node->input_gradients[1].data[3] = NAN;
}

static void all_nan(Node *node) {
    put_share(node, 0, node->inputs[1]->value.data, NAN);
    put_share(node, 1, node->inputs[0]->value.data, NAN);
}

static void one_zero(Node *node) {
    right(node);
    const Gradient gradient = node->input_gradients[0];
    if (gradient.data) gradient.data[shape_elements(&node->shape) - 1] = 0;
}

static void never_accumulates(Node *node) {
    for (int i = 0; i < 2; i++) node->input_gradients[i].accumulate = false;
    right(node);
}

static void always_accumulates(Node *node) {
    for (int i = 0; i < 2; i++) node->input_gradients[i].accumulate = true;
    right(node);
}

static void forgets_the_second(Node *node) {
    put_share(node, 0, node->inputs[1]->value.data, 1);
    if (!node->input_gradients[0].data) put_share(node, 1, node->inputs[0]->value.data, 1);
}

static void one_infinite(Node *node) {
    right(node);
    if (node->input_gradients[0].data) node->input_gradients[0].data[2] = INFINITY;
}

/* As an op that forgets, when it accumulates, which input it is at. */
static void swaps_when_accumulating(Node *node) {
    const bool swapped = node->input_gradients[0].accumulate && !node->input_gradients[1].data;
    put_share(node, 0, node->inputs[swapped ? 0 : 1]->value.data, 1);
    put_share(node, 1, node->inputs[0]->value.data, 1);
}

enum { BOTH = INPUT(0) | INPUT(1) };

static const Plant plants[] = {
    { "the sign of input 1", sign_flipped, BOTH, "gradient of input 1" },
    { "a factor of 1.01", factor_off, BOTH, "gradient of input 0" },
    { "a factor of 1.000003", factor_off_a_little, BOTH, "gradient of input 1" },
    { "inputs exchanged", misrouted, BOTH, "gradient of input" },
    { "NaN in one element", one_nan, BOTH, "gradient of input 1, element 3" },
    { "NaN everywhere", all_nan, BOTH, "gradient of input" },
    { "infinity in one element", one_infinite, BOTH, "gradient of input 0, element 2" },
    { "zero in the last element", one_zero, BOTH, "gradient of input 0, element 14" },
    { "never accumulating", never_accumulates, BOTH, "gradient of input" },
    { "always accumulating", always_accumulates, BOTH, "gradient of input" },
    { "input 1 only when alone", forgets_the_second, BOTH, "gradient of input 1" },
    { "accumulating input 0 alone", swaps_when_accumulating, BOTH, "gradient of input 0" },
    { "input 1 read undeclared", right, INPUT(0), "gradient of input 0" },
    { "input 0 read undeclared", right, INPUT(1), "gradient of input 1" },
    { "all read undeclared", right, 0, "gradient of input" },
};

static Op planted_op; /* the copy under test: nodes point at it */

static Node *build_once(Node *const *leaves, void *context) {
    (void)context;
    return graph_append(&planted_op, (Node *[]){ op_scale(leaves[0], 1), op_scale(leaves[1], 1) },
                        2, NULL, 0);
}

static Node *build_twice(Node *const *leaves, void *context) {
    (void)context;
    return op_add(graph_append(&planted_op, leaves, 2, NULL, 0),
                  graph_append(&planted_op, leaves, 2, NULL, 0));
}

/* As the walk does: every subset of the inputs, then a shared pair. True when all pass. */
static bool walk(Error *error) {
    Tensor inputs[2];
    GradientReport report;
    bool passes = true;
    for (int i = 0; i < 2; i++) {
        Random random = random_stream(1, (uint64_t)i, 0, 0);
        inputs[i] = tensor_create(device_cpu(), shape_2(3, 5));
        for (int j = 0; j < 15; j++) inputs[i].data[j] = (real)random_between(&random, 0.5, 1.5);
    }
    memory_poison_released(true);
    passes =
        gradient_check_subsets(build_once, NULL, inputs, 2, BOTH, true, 1, 1e-7, &report, error) &&
        report.checked == 60 && report.loose == 0 &&
        gradient_check_subsets(build_twice, NULL, inputs, 2, BOTH, true, 9, 1e-7, &report, error) &&
        report.checked == 60 && report.loose == 0;
    memory_poison_released(false);
    for (int i = 0; i < 2; i++) tensor_release(&inputs[i]);
    return passes;
}

static void plant(Kernel backward, unsigned backward_reads) {
    planted_op = multiply_op;
    planted_op.name = "planted";
    planted_op.backward.cpu = backward;
    planted_op.backward_reads = backward_reads;
}

TEST(gradient_check_finds_planted_errors) {
    if (sizeof(real) != sizeof(double)) return;
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++) {
        Error error = { "" };
        test_case("gradient check finds %s", plants[i].name);
        plant(plants[i].backward, plants[i].backward_reads);
        CHECK(!walk(&error));
        if (!strstr(error.text, plants[i].words))
            test_fail(__FILE__, __LINE__, "'%s' lacks '%s'", error.text, plants[i].words);
    }
}

TEST(gradient_check_passes_what_is_right) {
    Error error = { "" };
    if (sizeof(real) != sizeof(double)) return;
    plant(right, BOTH);
    CHECK(walk(&error));
    CHECK(!error.text[0]);
}

/* ---- Small gradients ---- */

enum { LARGE = 20000 };

/* What is wrong in a copy of an op: one element of input `input`'s gradient, the smallest that is
 * not zero or the largest, is `factor` times what it should be. */
static struct {
    const Op *op;
    int input;
    bool largest;
    real factor;
    int64_t planted; /* how often */
} flaw;

static int64_t element_of_flaw(const real *gradient, int64_t n) {
    int64_t found = -1;
    for (int64_t i = 0; i < n; i++) {
        if (gradient[i] == 0) continue;
        const bool above = found < 0 || fabs(gradient[i]) > fabs(gradient[found]);
        if (found < 0 || above == flaw.largest) found = i;
    }
    return found;
}

static void backward_with_flaw(Node *node) {
    flaw.op->backward.cpu(node);
    real *gradient = node->input_gradients[flaw.input].data;
    const int64_t n = shape_elements(&node->inputs[flaw.input]->shape);
    const int64_t at = gradient ? element_of_flaw(gradient, n) : -1;
    if (at < 0) return;
    gradient[at] *= flaw.factor;
    flaw.planted++;
}

static Node *build_with_flaw(Node *const *leaves, void *context) {
    const ProbeCase *probe = context;
    Node *inputs[OP_MAX_INPUTS];
    for (int i = 0; i < probe_input_count(probe); i++) inputs[i] = op_scale(leaves[i], 1);
    Node *node = probe_build(flaw.op, probe, inputs);
    node->op = &planted_op;
    node->plan->backward = planted_op.backward.cpu;
    return node;
}

/* Whether the gradient of one input of a case passes with the flaw. false too: it has none. */
static bool passes_with_flaw(const Op *op, const ProbeCase *probe, int input) {
    Tensor inputs[OP_MAX_INPUTS];
    GradientReport report;
    planted_op = *op;
    planted_op.backward.cpu = backward_with_flaw;
    flaw.op = op;
    flaw.input = input;
    flaw.planted = 0;
    probe_inputs(probe, 2, inputs);
    const bool passes =
        gradient_check(build_with_flaw, (void *)probe, inputs, probe_input_count(probe),
                       1u << input, probe->training, 7, 1e-7, &report, NULL);
    probe_release(probe, inputs);
    return passes && flaw.planted > 0;
}

/* The check that the walk makes of itself, report.loose, is right: an error of 0.1% in the smallest
 * element is found, whatever its size. */
TEST_ROWS(gradient_check_finds_a_thousandth_in_every_op, op_has_row) {
    if (sizeof(real) != sizeof(double)) return;
    int64_t found = 0;
    flaw.largest = false;
    flaw.factor = (real)1.001;
    parallel_always(false);
    for (int i = 0; i < op_count; i++) {
        const Op *op = op_table[i];
        int64_t of_op = 0;
        if (!op->differentiable || !test_wants_row(op->name)) continue;
        test_case("a thousandth in op %s", op->name);
        for (const ProbeCase *probe = op->probe.cases; probe->name; probe++)
            for (int input = 0; input < probe_input_count(probe); input++) {
                if (!(op->differentiable >> input & 1)) continue;
                if (passes_with_flaw(op, probe, input))
                    test_fail(__FILE__, __LINE__, "%s, input %d, passes", probe->name, input);
                of_op += flaw.planted;
            }
        CHECK(of_op > 0);
        found += of_op;
    }
    parallel_always(true);
    printf("   %lld gradients with an error of 0.1%% in the smallest element\n", (long long)found);
}

static const ProbeCase large = { "large", { { { LARGE }, 0.5, 1 } } };

/* Along random directions, where one element is one among many. */
TEST(gradient_check_finds_a_flaw_in_a_large_input) {
    if (sizeof(real) != sizeof(double)) return;
    const real factors[3] = { (real)1.01, -1, (real)NAN };
    flaw.largest = true;
    for (int i = 0; i < 3; i++) {
        flaw.factor = factors[i];
        CHECK(!passes_with_flaw(&square_op, &large, 0) && flaw.planted == 1);
    }
    flaw.factor = 1;
    CHECK(passes_with_flaw(&square_op, &large, 0));
}

/* x / 10^9 beside 10^6: an error below the rounding of the sum cannot be seen, and is counted.
 */
static Node *build_drowned(Node *const *leaves, void *context) {
    (void)context;
    return op_add(op_scale(leaves[0], (real)1e-9), leaves[1]);
}

static Node *build_nan(Node *const *leaves, void *context) {
    (void)context;
    return op_multiply(op_scale(leaves[0], 1), op_scale(leaves[1], (real)NAN));
}

TEST(gradient_check_counts_what_it_compares) {
    if (sizeof(real) != sizeof(double)) return;
    Tensor inputs[2] = { tensor_create(device_cpu(), shape_1(7)),
                         tensor_create(device_cpu(), shape_1(7)) };
    GradientReport report;
    Error error = { "" };
    tensor_fill(&inputs[0], 1);
    tensor_fill(&inputs[1], 1);
    CHECK(gradient_check(build_drowned, NULL, inputs, 2, BOTH, true, 1, 1e-7, &report, &error));
    CHECK(report.checked == 14 && report.loose == 7 && report.worst <= 1);
    CHECK(!gradient_check(build_nan, NULL, inputs, 2, INPUT(0), true, 1, 1e-7, &report, &error));
    CHECK(strstr(error.text, "gradient of input 0"));
    plant(right, BOTH);
    CHECK(
        gradient_check_subsets(build_once, NULL, inputs, 2, BOTH, true, 1, 1e-7, &report, &error));
    CHECK(report.checked == 28 && report.loose == 0 && report.worst > 0 && report.worst <= 1);
    for (int i = 0; i < 2; i++) tensor_release(&inputs[i]);
}

static Node *build_constant(Node *const *leaves, void *context) {
    (void)context;
    return op_stop_gradient(leaves[0]);
}

static Node *build_refused(Node *const *leaves, void *context) {
    (void)context;
    return op_add(leaves[0], op_sum(leaves[0]));
}

TEST(gradient_check_refuses_what_it_cannot_judge) {
    const Tensor x = tensor_create(device_cpu(), shape_2(2, 3));
    Tensor inputs[1] = { x };
    GradientReport report;
    Error error = { "" };
    tensor_fill(&x, 1);
    if (sizeof(real) != sizeof(double)) {
        plant(right, BOTH);
        CHECK(!gradient_check(build_constant, NULL, inputs, 1, 1, true, 1, 1e-7, &report, &error));
        CHECK(strstr(error.text, "double"));
    } else {
        CHECK(!gradient_check(build_constant, NULL, inputs, 1, 0, true, 1, 1e-7, &report, &error));
        CHECK(strstr(error.text, "no element was compared") && report.checked == 0);
        CHECK(!gradient_check(build_refused, NULL, inputs, 1, 1, true, 1, 1e-7, &report, &error));
        CHECK(strstr(error.text, "add("));
    }
    tensor_release(&inputs[0]);
}
