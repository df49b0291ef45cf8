/* Every op in the table, by what its probe says of it: forward against the oracle; in double, the
 * gradient for every subset of its inputs; the same bits twice and for any number of threads. */
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "tests/op_axes.h"
#include "tests/test.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Walking {
    const Op *op;
    const ProbeCase *probe;
} Walking;

/* The case's node on inputs that are not leaves: a value that backward reads without having said
 * so is then freed (and, in these tests, overwritten with NaN) before it does. */
static Node *build_once(Node *const *leaves, void *context) {
    const Walking *walking = context;
    Node *inputs[OP_MAX_INPUTS];
    for (int i = 0; i < probe_input_count(walking->probe); i++) inputs[i] = op_scale(leaves[i], 1);
    return probe_build(walking->op, walking->probe, inputs);
}

/* f(x) + f(x) with one shared set of inputs: the second share of every gradient accumulates. */
static Node *build_twice(Node *const *leaves, void *context) {
    const Walking *walking = context;
    return op_add(probe_build(walking->op, walking->probe, leaves),
                  probe_build(walking->op, walking->probe, leaves));
}

static void check_forward(const Op *op, const ProbeCase *probe) {
    Tensor inputs[OP_MAX_INPUTS];
    Node *leaves[OP_MAX_INPUTS];
    Error error = { "" };
    Graph *graph = graph_create(device_cpu(), probe->training);
    probe_inputs(probe, 1, inputs);
    for (int i = 0; i < probe_input_count(probe); i++) {
        leaves[i] = graph_input(graph, "input", inputs[i].shape);
        tensor_copy(&leaves[i]->value, &inputs[i]);
    }
    Node *output = probe_build(op, probe, leaves);
    graph_keep(output);
    if (!output || !graph_forward(graph, &error)) {
        test_fail(__FILE__, __LINE__, "%s", output ? error.text : graph_error(graph));
    } else {
        const int64_t n = shape_elements(&output->shape);
        double *expected = calloc((size_t)n + 1, sizeof *expected), scale = 1e-30, worst = 0;
        /* A running statistic may have been updated: the oracle sees the inputs as they were. */
        for (int i = 0; i < probe_input_count(probe); i++)
            tensor_copy(&leaves[i]->value, &inputs[i]);
        op->probe.oracle(output, expected);
        for (int64_t i = 0; i < n; i++) scale = fmax(scale, fabs(expected[i]));
        for (int64_t i = 0; i < n; i++) {
            const double off = fabs((double)output->value.data[i] - expected[i]) / scale;
            worst = test_worse(worst, off);
        }
        CHECK(n > 0 && output->op == op);
        CHECK(worst <= 200 * REAL_EPSILON);
        free(expected);
    }
    probe_release(probe, inputs);
    graph_destroy(graph);
}

/* For every subset of the inputs; sharply, so that no error of 0.1% could have passed. */
static int64_t check_function(GradientFunction build, Walking *walking, unsigned all,
                              const Tensor *inputs, uint64_t seed) {
    GradientReport report;
    Error error = { "" };
    if (!gradient_check_subsets(build, walking, inputs, probe_input_count(walking->probe), all,
                                walking->probe->training, seed, 1e-7, &report, &error))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    CHECK(report.loose == 0);
    return report.checked;
}

/* In one thread, for the sake of speed: check_same_bits holds what several threads give against
 * what one gives. */
static int64_t check_gradients(const Op *op, const ProbeCase *probe) {
    const unsigned all = op->differentiable & ((1u << probe_input_count(probe)) - 1);
    Walking walking = { op, probe };
    Tensor inputs[OP_MAX_INPUTS];
    if (!all) return 0;
    probe_inputs(probe, 2, inputs);
    parallel_always(false);
    const int64_t checked = check_function(build_once, &walking, all, inputs, 7);
    check_function(build_twice, &walking, all, inputs, 99);
    parallel_always(true);
    probe_release(probe, inputs);
    return checked;
}

/* FNV-1a over the output and every gradient of one forward and backward. */
static uint64_t run_hash(const Op *op, const ProbeCase *probe, int threads) {
    Tensor inputs[OP_MAX_INPUTS];
    Node *leaves[OP_MAX_INPUTS];
    Graph *graph = graph_create(device_cpu(), probe->training);
    uint64_t hash = 0xcbf29ce484222325u;
    const int usual = omp_get_max_threads();
    omp_set_num_threads(threads);
    probe_inputs(probe, 3, inputs);
    for (int i = 0; i < probe_input_count(probe); i++) {
        leaves[i] = graph_input(graph, "input", inputs[i].shape);
        tensor_copy(&leaves[i]->value, &inputs[i]);
        if (op->differentiable >> i & 1) graph_want_gradient(leaves[i]);
    }
    Node *output = probe_build(op, probe, leaves), *loss = output ? op_sum(output) : NULL;
    graph_keep(output);
    if (op->differentiable) graph_set_loss(graph, loss);
    CHECK(loss && graph_forward(graph, NULL) &&
          (!op->differentiable || graph_backward(graph, NULL)));
    for (int i = -1; i < probe_input_count(probe); i++) {
        const Tensor *tensor = i < 0 ? &output->value : &leaves[i]->gradient;
        const unsigned char *bytes = (const unsigned char *)tensor->data;
        for (size_t j = 0; tensor->data && j < tensor_bytes(tensor); j++)
            hash = (hash ^ bytes[j]) * 0x100000001b3u;
    }
    probe_release(probe, inputs);
    graph_destroy(graph);
    omp_set_num_threads(usual);
    return hash;
}

static void check_same_bits(const Op *op, const ProbeCase *probe) {
    const uint64_t hash = run_hash(op, probe, 1);
    for (int threads = 1; threads <= 3; threads++) CHECK(run_hash(op, probe, threads) == hash);
}

typedef struct Walked {
    int64_t cases, elements, most; /* most: elements of the largest input */
    int derived;
} Walked;

static void walk_case(const Op *op, const WalkCase *one, Walked *walked) {
    const ProbeCase *probe = &one->probe;
    test_case("op %s, %s, forward against the oracle", op->name, probe->name);
    check_forward(op, probe);
    test_case("op %s, %s, the same bits for any number of threads", op->name, probe->name);
    check_same_bits(op, probe);
    if (sizeof(real) == sizeof(double) && op->differentiable) {
        test_case("op %s, %s, gradient", op->name, probe->name);
        walked->elements += check_gradients(op, probe);
    }
    const int64_t elements = walk_case_elements(probe);
    if (elements > walked->most) walked->most = elements;
    walked->cases++;
    walked->derived += one->derived;
}

static Walked walk_op(const Op *op) {
    static WalkCase cases[WALK_CASES_MOST];
    const int count = walk_cases(op, cases);
    Walked walked = { 0 };
    for (int i = 0; i < count; i++) walk_case(op, &cases[i], &walked);
    test_case("op %s has a probe, axes of one and a large case", op->name);
    CHECK(op->probe.cases->name && walked.derived > 0 && walked.most >= WALK_LARGE);
    return walked;
}

TEST(ops_table_walk) {
    Walked all = { 0 };
    printf("   %-24s %6s %20s\n", "op", "cases", "gradient elements");
    memory_poison_released(true);
    for (int i = 0; i < op_count; i++) {
        const Walked walked = walk_op(op_table[i]);
        printf("   %-24s %6lld %20lld\n", op_table[i]->name, (long long)walked.cases,
               (long long)walked.elements);
        all.cases += walked.cases;
        all.elements += walked.elements;
    }
    memory_poison_released(false);
    printf("   %d ops, %lld cases, %lld gradient elements compared\n", op_count,
           (long long)all.cases, (long long)all.elements);
}
