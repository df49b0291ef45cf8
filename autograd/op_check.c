/* op_check.c - runs all checks (op_checks.c, op_checks_gpu.c) on all cases of an op. */
#include "autograd/op_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of the checks of the case `now`. false: error says what, found and expected. */
typedef bool (*Part)(Check *check, Error *error);

static void report_check(Check *check, const char *what, bool passes, const Error *cause) {
    char name[256];
    Error failure = { "" };
    snprintf(name, sizeof name, "%s%s%s, %s", check->op->name, check->now ? ", " : "",
             check->now ? check->now->probe.name : "", what);
    if (!passes) error_set(&failure, "op %s: %.700s", name, cause->text);
    if (!passes && !check->report->failures++) check->first = failure;
    check->report->checks++;
    if (check->options.listener)
        check->options.listener(check->options.context, name, passes ? NULL : &failure);
}

static void run_part(Check *check, const char *what, Part part) {
    Error cause = { "" };
    const bool passes = part(check, &cause);
    report_check(check, what, passes, &cause);
}

static void check_on_cpu(Check *check) {
    run_part(check, "forward against the oracle", check_forward);
    run_part(check, "the same bits for any number of threads", check_threads);
    if (!check->op->differentiable) return;
    run_part(check, "gradients accumulate", check_accumulation);
    if (sizeof(real) == sizeof(double)) run_part(check, "gradient", check_gradients);
}

/* Derived cases are only compared with the CPU, whose gradients are checked, because thousands of
 * forward passes on an emulated GPU are slow. */
static void check_on_gpu(Check *check) {
    run_part(check, "the GPU against the CPU", check_against_cpu);
    run_part(check, "the same bits in any order of threads", check_orders);
    if (sizeof(real) == sizeof(double) && check->op->differentiable && !check->now->derived)
        run_part(check, "gradient of the GPU's kernels", check_gpu_gradients);
}

/* The GPU that the options request. false: there is none, or it lacks kernels. The report says so,
 * and the check continues without it. */
static bool find_gpu(Check *check) {
    OpReport *report = check->report;
    Error error = { "" };
    snprintf(report->device, sizeof report->device, "not asked for");
    if (check->options.devices == OP_CHECK_CPU) return false;
    const bool wanted = check->options.devices == OP_CHECK_GPU;
    snprintf(report->device, sizeof report->device, "the op names no kernel");
    if (!check->op->forward.gpu && !wanted) return false;
    check->gpu = device_find("gpu", &error);
    snprintf(report->device, sizeof report->device, "%.90s",
             check->gpu ? check->gpu->description : error.text);
    if (!check->gpu && wanted) report_check(check, "has a GPU", false, &error);
    if (!check->gpu) return false;
    const bool has_kernels = check_kernels(check, &error);
    report_check(check, "has GPU kernels", has_kernels, &error);
    return has_kernels;
}

static bool op_is_whole(const Op *op, Error *error) {
    if (!op->shape) return error_set(error, "op %s has no shape rule", op->name);
    if (!op->forward.cpu) return error_set(error, "op %s has no forward on the CPU", op->name);
    if (op->differentiable && !op->backward.cpu)
        return error_set(error, "op %s is differentiable and has no backward on the CPU", op->name);
    return true;
}

static void check_cases(Check *check, const OpCase *cases, int count) {
    OpReport *report = check->report;
    const bool on_gpu = find_gpu(check);
    const bool parallel = parallel_always(true), poison = memory_poison_released(true);
    for (int i = 0; i < count; i++) {
        check->now = &cases[i];
        const ProbeCase *probe = &cases[i].probe;
        if (check->options.only && strcmp(check->options.only, probe->name)) continue;
        report->cases++;
        report->derived += cases[i].derived;
        const int64_t elements = op_case_elements(probe);
        if (elements > report->largest) report->largest = elements;
        if (check->options.devices != OP_CHECK_GPU) check_on_cpu(check);
        if (on_gpu) check_on_gpu(check);
    }
    memory_poison_released(poison);
    parallel_always(parallel);
}

/* Checks that every kind of check compared something. */
static bool something_was_compared(const Check *check, Error *error) {
    const OpReport *report = check->report;
    if (report->cases == 0)
        return error_set(error, "op %s has no case '%s'", report->op, check->options.only);
    const bool gradients = sizeof(real) == sizeof(double) && check->op->differentiable;
    const bool on_cpu =
        check->options.devices == OP_CHECK_GPU ||
        (report->forward > 0 && report->same_bits > 0 && (report->slopes > 0 || !gradients));
    const bool on_gpu = !check->gpu || (report->gpu > 0 && report->gpu_same_bits > 0);
    return (on_cpu && on_gpu) || error_set(error, "op %s: no element was compared", report->op);
}

bool op_check(const Op *op, const OpCheckOptions *options, OpReport *report, Error *error) {
    Check check = { .op = op, .report = report };
    int count = 0;
    *report = (OpReport){ .op = op->name };
    if (options) check.options = *options;
    OpCase *cases = op_is_whole(op, error) ? op_cases(op, &count, error) : NULL;
    if (!cases) return false;
    check_cases(&check, cases, count);
    free(cases);
    if (report->failures > 0) return error_set(error, "%s", check.first.text);
    return something_was_compared(&check, error);
}

OpReportText op_report_text(const OpReport *report) {
    OpReportText text;
    char gradients[160], gpu[256];
    snprintf(gradients, sizeof gradients, "%lld slopes of gradients", (long long)report->slopes);
    if (sizeof(real) != sizeof(double))
        snprintf(gradients, sizeof gradients,
                 "no gradients (they need the library built with double)");
    snprintf(gpu, sizeof gpu, "no GPU (%s)", report->device);
    if (report->gpu > 0)
        snprintf(gpu, sizeof gpu, "%lld values of the GPU (%s) with the CPU's",
                 (long long)report->gpu, report->device);
    snprintf(text.text, sizeof text.text,
             "op %s: %d of %d checks failed; %d cases, %d of them derived from axes: %lld values "
             "against the oracle, %lld with another number of threads, %s, %s",
             report->op, report->failures, report->checks, report->cases, report->derived,
             (long long)report->forward, (long long)report->same_bits, gradients, gpu);
    return text;
}
