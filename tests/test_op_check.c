/* op_check must find a wrong op. Each plant is a copy of op square with one fault; the correct copy
 * passes. */
#include "autograd/op_check.h"
#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static Op planted; /* the copy under test: nodes point at it */

static Node *build(Node *const *in, const double *arguments) {
    (void)arguments;
    return graph_append(&planted, (Node *[]){ in[0] }, 1, NULL, 0);
}

static Node *build_other(Node *const *in, const double *arguments) {
    (void)arguments;
    return op_scale(in[0], 2);
}

static void oracle(const Node *node, double *y) {
    const real *x = node->inputs[0]->value.data;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) y[i] = (double)x[i] * (double)x[i];
}

static void oracle_too_long(const Node *node, double *y) {
    oracle(node, y);
    y[shape_elements(&node->shape)] = 1;
}

static const ProbeCase cases[] = { { "odd", { { { 3, 5 } } }, .axes = { "ab" } }, { 0 } };
static const ProbeCase one_case[] = { { "odd", { { { 3, 5 } } } }, { 0 } };
static const ProbeCase few_axes[] = { { "odd", { { { 3, 5 } } }, .axes = { "a" } }, { 0 } };
static const ProbeCase no_inputs[] = { { "odd" }, { 0 } };
static const ProbeCase no_numbers[] = { { "odd", { { { 3 }, -0.01, 0.02, PROBE_CLEAR } } }, { 0 } };

/* ---- What can be wrong ---- */

static void put(Node *node, int64_t i, real factor) {
    gradient_store(node->input_gradients[0], i,
                   factor * node->inputs[0]->value.data[i] * node->gradient.data[i]);
}

static void backward_off(Node *node) {
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) put(node, i, (real)2.001);
}

static void backward_nan(Node *node) {
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) put(node, i, NAN);
}

static void backward_overwrites(Node *node) {
    node->input_gradients[0].accumulate = false;
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) put(node, i, 2);
}

static void forward_off(Node *node) {
    square_op.forward.cpu(node);
    node->value.data[shape_elements(&node->shape) - 1] *= (real)1.01;
}

static void forward_nan(Node *node) {
    square_op.forward.cpu(node);
    node->value.data[0] = NAN;
}

/* As a sum whose order depends on the number of threads. */
static void forward_by_threads(Node *node) {
    square_op.forward.cpu(node);
    if (omp_get_max_threads() > 1) node->value.data[0] *= 1 + REAL_EPSILON;
}

static bool shape_too_short(Node *node, Error *error) {
    (void)error;
    node->shape = shape_1(shape_elements(&node->inputs[0]->shape) - 1);
    return true;
}

static bool shape_refuses(Node *node, Error *error) {
    (void)node;
    return error_set(error, "x must be larger");
}

static bool passes(OpCheckDevices devices, OpReport *report, Error *error) {
    const OpCheckOptions options = { .devices = devices };
    *error = (Error){ "" };
    return op_check(&planted, &options, report, error);
}

static void reset(void) {
    planted = square_op;
    planted.probe = (Probe){ build, oracle, cases };
}

static void expect(const char *what, const char *words) {
    OpReport report;
    Error error;
    test_case("op_check finds %s", what);
    if (passes(OP_CHECK_CPU, &report, &error) || !strstr(error.text, words))
        test_fail(__FILE__, __LINE__, "it should say '%s' and says '%s'", words, error.text);
    reset();
}

TEST(op_check_passes_what_is_right) {
    OpReport report;
    Error error;
    reset();
    CHECK(passes(OP_CHECK_CPU, &report, &error));
    CHECK(report.cases == 5 && report.derived == 4 && report.failures == 0);
    CHECK(report.forward == 15 + 5 + 3 + 1 + 5 * ((16384 + 4) / 5));
    CHECK(report.same_bits == 3 * 3 * report.forward && report.accumulated == report.forward);
    CHECK(sizeof(real) == sizeof(double) ? report.slopes > 0 : report.slopes == 0);
    CHECK(report.gpu == 0 && strstr(op_report_text(&report).text, "0 of "));
    CHECK((strstr(op_report_text(&report).text, "double") != NULL) ==
          (sizeof(real) != sizeof(double)));
    planted.probe.cases = one_case;
    CHECK(passes(OP_CHECK_CPU, &report, &error) && report.cases == 1 && report.forward == 15);
}

TEST(op_check_finds_what_is_wrong) {
    reset();
    planted.probe.cases = NULL;
    expect("that there is no probe", "op square has no probe");
    planted.probe.cases = cases + 1;
    expect("that the probe is empty", "op square has no probe");
    planted.probe.oracle = NULL;
    expect("that there is no oracle", "op square has no probe");
    planted.probe.build = build_other;
    expect("that the probe is another op's", "the oracle: the probe builds op scale");
    planted.probe.cases = few_axes;
    expect("axes that are too few", "the axes of input 0 are 'a', its shape [3,5]");
    planted.probe.cases = no_inputs;
    expect("a case without inputs", "op square, odd: no inputs");
    planted.probe.cases = no_numbers;
    expect("a range without numbers", "input 0 cannot be filled from -0.01 to 0.02");
    planted.shape = NULL;
    expect("that there is no shape rule", "no shape rule");
    planted.backward.cpu = NULL;
    expect("that there is no backward", "no backward");
    planted.shape = shape_refuses;
    expect("a shape rule that refuses", "x must be larger");
    planted.shape = shape_too_short;
    planted.probe.oracle = oracle_too_long;
    expect("a shape rule that gives too few",
           "the oracle writes element 14; the shape rule gives 14");
    planted.forward.cpu = forward_off;
    expect("a wrong value", "op square, odd, forward against the oracle: element 14: found");
    planted.forward.cpu = forward_nan;
    expect("NaN in a value", "forward against the oracle: element 0: found nan");
    planted.forward.cpu = forward_by_threads;
    expect("bits that depend on threads", "number of threads: 2 of threads: forward, element 0");
    planted.backward.cpu = backward_overwrites;
    expect("a gradient that overwrites", "gradients accumulate: gradient of input 0, element");
    if (sizeof(real) != sizeof(double)) return;
    planted.backward.cpu = backward_off;
    expect("a derivative off by 0.05%",
           "op square, odd, gradient: inputs 0x1: gradient of input 0");
    planted.backward.cpu = backward_nan;
    expect("NaN in a gradient", "gradient: inputs 0x1: gradient of input 0, element 0: found nan");
    planted.backward_reads = OUTPUT; /* it reads x */
    expect("a backward that reads what it does not declare",
           "gradient: inputs 0x1: gradient of input 0, element 0: found nan");
}

TEST(op_check_refuses_an_op_that_no_gpu_computes) {
    OpReport report;
    Error error;
    if (!gpu_for_tests()) return;
    reset();
    CHECK(passes(OP_CHECK_GPU, &report, &error) && report.gpu > 0 && report.gpu_same_bits > 0);
    CHECK(passes(OP_CHECK_ALL, &report, &error) && report.gpu > 0 && report.forward > 0);
    planted.forward.gpu = "no_such_kernel";
    CHECK(!passes(OP_CHECK_ALL, &report, &error) && strstr(error.text, "no_such_kernel"));
    planted.backward.gpu = NULL;
    planted.forward.gpu = square_op.forward.gpu;
    CHECK(!passes(OP_CHECK_ALL, &report, &error) && strstr(error.text, "backward"));
    planted.forward.gpu = NULL;
    CHECK(passes(OP_CHECK_ALL, &report, &error) && report.gpu == 0);
    CHECK(!passes(OP_CHECK_GPU, &report, &error));
}
