/* op_checks.c - the checks of op_check on the CPU. */
#include "autograd/op_checks.h"
#include "autograd/ops.h"
#include "tensor/memory.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3, ORACLE_MARGIN = 64 };

uint64_t check_seed(const Check *check, uint64_t part) {
    return check->options.seed + part;
}

/* ---- Forward ---- */

/* The oracle writes as many elements as the shape rule says, no more and no fewer. */
static bool oracle_fits(const double *expected, int64_t n, Error *error) {
    for (int64_t i = 0; i < ORACLE_MARGIN; i++)
        if (!isnan(expected[n + i]))
            return error_set(error, "the oracle writes element %lld; the shape rule gives %lld",
                             (long long)(n + i), (long long)n);
    for (int64_t i = 0; i < n; i++)
        if (isnan(expected[i]))
            return error_set(error, "element %lld: the oracle says NaN", (long long)i);
    return true;
}

static bool compare_with_oracle(Check *check, const Node *output, const double *expected,
                                Error *error) {
    const int64_t n = shape_elements(&output->shape);
    double size = 1e-30;
    if (!oracle_fits(expected, n, error)) return false;
    for (int64_t i = 0; i < n; i++) size = fmax(size, fabs(expected[i]));
    for (int64_t i = 0; i < n; i++) {
        const double found = (double)output->value.data[i];
        const double off = fabs(found - expected[i]) / size;
        check->report->forward++;
        if (!(off <= CHECK_FORWARD_TOLERANCE))
            return error_set(error,
                             "element %lld: found %.10g, expected %.10g; off by %.2g of the "
                             "largest, %.2g is accepted",
                             (long long)i, found, expected[i], off, CHECK_FORWARD_TOLERANCE);
    }
    return n > 0 || error_set(error, "no element was compared: the output has shape %s",
                              shape_text(&output->shape).text);
}

static bool forward_of(Check *check, Graph *graph, const Tensor *inputs, Error *error) {
    const ProbeCase *probe = &check->now->probe;
    Node *leaves[OP_MAX_INPUTS] = { NULL };
    for (int i = 0; i < probe_input_count(probe); i++) {
        leaves[i] = graph_input(graph, "input", inputs[i].shape);
        if (!leaves[i]) return error_set(error, "%s", graph_error(graph));
        tensor_copy(&leaves[i]->value, &inputs[i]);
    }
    Node *output = probe_build(check->op, probe, leaves);
    if (!output) return error_set(error, "%s", graph_error(graph));
    if (output->op != check->op)
        return error_set(error, "the probe builds op %s", output->op ? output->op->name : "none");
    graph_keep(output);
    if (!graph_forward(graph, error)) return false;
    /* A running statistic may have been updated: the oracle reads the inputs from before. */
    for (int i = 0; i < probe_input_count(probe); i++) tensor_copy(&leaves[i]->value, &inputs[i]);
    const int64_t room = shape_elements(&output->shape) + ORACLE_MARGIN;
    double *expected = memory_new((size_t)room, sizeof *expected);
    for (int64_t i = room - ORACLE_MARGIN; i < room; i++) expected[i] = NAN;
    check->op->probe.oracle(output, expected);
    const bool right = compare_with_oracle(check, output, expected, error);
    free(expected);
    return right;
}

bool check_forward(Check *check, Error *error) {
    const ProbeCase *probe = &check->now->probe;
    Tensor inputs[OP_MAX_INPUTS];
    Graph *graph = graph_create(device_cpu(), probe->training);
    probe_inputs(probe, check_seed(check, 1), inputs);
    const bool right = forward_of(check, graph, inputs, error);
    probe_release(probe, inputs);
    graph_destroy(graph);
    return right;
}

/* ---- One run against another ---- */

bool check_refuse(const OpRun *found, const OpDifference *at, Error *error) {
    if (isnan(at->found) && isnan(at->expected))
        return error_set(error, "the runs have gradients of other inputs");
    return error_set(error, "%s, element %lld: found %.10g, expected %.10g",
                     op_part_text(found, at->part).text, (long long)at->element, at->found,
                     at->expected);
}

int64_t check_elements(const OpRun *run, OpPartKind least) {
    int64_t elements = 0;
    for (int i = 0; i < run->parts; i++)
        if (run->part[i].kind >= least) elements += run->part[i].count;
    return elements;
}

bool check_run(const Check *check, const Device *device, bool twice, OpRun *run, Error *error) {
    return op_run(device, check->op, &check->now->probe, check_seed(check, 3), twice, run, error);
}

bool check_same_bits(const OpRun *found, const OpRun *expected, int64_t *compared, Error *error) {
    const OpDifference at = op_run_compare_bits(found, expected);
    *compared += check_elements(found, OP_PART_OUTPUT);
    return at.part < 0 || check_refuse(found, &at, error);
}

bool check_threads(Check *check, Error *error) {
    const int most = check->options.threads ? check->options.threads : THREADS;
    const int usual = omp_get_max_threads();
    OpRun first, run;
    omp_set_num_threads(1);
    bool right = check_run(check, device_cpu(), false, &first, error);
    for (int threads = 1; right && threads <= most; threads++) {
        Error cause = { "" };
        omp_set_num_threads(threads);
        right = check_run(check, device_cpu(), false, &run, &cause) &&
                check_same_bits(&run, &first, &check->report->same_bits, &cause);
        if (!right) error_set(error, "%d of threads: %.600s", threads, cause.text);
        op_run_free(&run);
    }
    omp_set_num_threads(usual);
    op_run_free(&first);
    return right;
}

bool check_accumulation(Check *check, Error *error) {
    OpRun once, twice = { 0 };
    bool right = check_run(check, device_cpu(), false, &once, error) &&
                 check_run(check, device_cpu(), true, &twice, error);
    for (int i = 0; right && i < once.parts && i < twice.parts; i++) {
        /* The output is twice as large, and a running statistic has moved twice. */
        if (once.part[i].kind == OP_PART_GRADIENT) continue;
        free(twice.part[i].values);
        twice.part[i].values = memory_new((size_t)twice.part[i].count, sizeof(real));
        memcpy(twice.part[i].values, once.part[i].values,
               (size_t)once.part[i].count * sizeof(real));
    }
    if (right) {
        const OpDifference at = op_run_compare(&twice, &once, 2);
        check->report->accumulated += check_elements(&twice, OP_PART_GRADIENT);
        right = at.off <= CHECK_FORWARD_TOLERANCE || check_refuse(&twice, &at, error);
    }
    op_run_free(&once);
    op_run_free(&twice);
    return right;
}

/* ---- Gradients ---- */

/* The case's node on inputs that are not leaves, which would keep their values. A value that
 * backward reads without declaring it is then NaN (Graph.shows_undeclared_reads). */
static Node *build_once(Node *const *leaves, void *context) {
    const Check *check = context;
    Node *inputs[OP_MAX_INPUTS];
    for (int i = 0; i < probe_input_count(&check->now->probe); i++)
        inputs[i] = op_scale(leaves[i], 1);
    return probe_build(check->op, &check->now->probe, inputs);
}

/* f(x) + f(x) with one shared set of inputs: the second share of every gradient accumulates. */
static Node *build_twice(Node *const *leaves, void *context) {
    const Check *check = context;
    return op_add(probe_build(check->op, &check->now->probe, leaves),
                  probe_build(check->op, &check->now->probe, leaves));
}

unsigned check_differentiable(const Check *check) {
    return check->op->differentiable & ((1u << probe_input_count(&check->now->probe)) - 1);
}

bool check_slopes(const Check *check, bool twice, const Tensor *inputs, int64_t *slopes,
                  Error *error) {
    const ProbeCase *probe = &check->now->probe;
    GradientReport report;
    const bool right = gradient_check_subsets(
        twice ? build_twice : build_once, (void *)check, inputs, probe_input_count(probe),
        check_differentiable(check), probe->training, check_seed(check, twice ? 99 : 7), 1e-7,
        &report, error);
    *slopes += report.checked;
    if (!right || report.loose == 0 || probe->loose) return right;
    return error_set(
        error,
        "%lld of %lld slopes are lost in the rounding of the output: an error of 0.1%% "
        "could not be seen; choose other inputs",
        (long long)report.loose, (long long)report.checked);
}

/* In one thread, for speed: check_threads compares the results of several threads with those of
 * one. */
bool check_gradients(Check *check, Error *error) {
    Tensor inputs[OP_MAX_INPUTS];
    if (!check_differentiable(check)) return true;
    probe_inputs(&check->now->probe, check_seed(check, 2), inputs);
    const bool parallel = parallel_always(false);
    const bool right = check_slopes(check, false, inputs, &check->report->slopes, error) &&
                       check_slopes(check, true, inputs, &check->report->slopes, error);
    parallel_always(parallel);
    probe_release(&check->now->probe, inputs);
    return right;
}
