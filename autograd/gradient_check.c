#include "autograd/gradient_check.h"

#include "tensor/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Check {
    Graph *graph;
    Node *inputs[OP_MAX_INPUTS], *output;
    int64_t elements; /* of the output */
    real *cotangent, *result;
} Check;

static bool open_check(Check *check, GradientFunction function, void *context, const Tensor *inputs,
                       int input_count, unsigned wanted, bool training, uint64_t seed,
                       Error *error) {
    check->graph = graph_create(tensor_device(&inputs[0]), training);
    for (int i = 0; i < input_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "input %d", i);
        check->inputs[i] = graph_input(check->graph, name, inputs[i].shape);
        if (!check->inputs[i]) return error_set(error, "%s", graph_error(check->graph));
        tensor_copy(&check->inputs[i]->value, &inputs[i]);
        if (wanted >> i & 1) graph_want_gradient(check->inputs[i]);
    }
    check->output = function(check->inputs, context);
    if (!check->output) return error_set(error, "%s", graph_error(check->graph));
    graph_set_loss(check->graph, check->output);
    check->elements = shape_elements(&check->output->shape);
    check->cotangent = malloc((size_t)check->elements * sizeof(real) + 1);
    check->result = malloc((size_t)check->elements * sizeof(real) + 1);
    PROMISE(check->cotangent && check->result, "no memory for a gradient check");
    Random random = random_stream(seed, 0, 0, 0);
    for (int64_t i = 0; i < check->elements; i++)
        check->cotangent[i] = (real)random_between(&random, -1, 1);
    return true;
}

static void close_check(Check *check) {
    free(check->cotangent);
    free(check->result);
    graph_destroy(check->graph);
}

/* out = f with element `at` of the input set to x. */
static bool evaluate(Check *check, Node *input, real *host, int64_t at, real x, real *out,
                     Error *error) {
    host[at] = x;
    tensor_upload(&input->value, host);
    if (!graph_forward(check->graph, error)) return false;
    tensor_download(&check->output->value, out);
    return true;
}

/* <v, f(x + h) - f(x - h)> / 2h. The differences are formed before they are summed, so that large
 * parts of f that do not change cancel exactly. */
static bool difference(Check *check, Node *input, real *host, int64_t at, double *quotient,
                       Error *error) {
    const real x = host[at];
    const double h = 6e-6 * (fabs((double)x) > 1 ? fabs((double)x) : 1);
    real *high = malloc((size_t)check->elements * sizeof(real) + 1);
    PROMISE(high, "no memory for a gradient check");
    const real above = (real)(x + h), below = (real)(x - h);
    bool done = evaluate(check, input, host, at, above, high, error) &&
                evaluate(check, input, host, at, below, check->result, error);
    host[at] = x;
    tensor_upload(&input->value, host);
    double sum = 0;
    for (int64_t i = 0; done && i < check->elements; i++)
        sum += (double)check->cotangent[i] * ((double)high[i] - (double)check->result[i]);
    *quotient = sum / ((double)above - (double)below);
    free(high);
    return done;
}

static bool compare(const Node *input, const real *found, const double *expected, int64_t n,
                    double tolerance, GradientReport *report, Error *error) {
    double scale = 1;
    for (int64_t i = 0; i < n; i++) scale = fmax(scale, fabs(expected[i]));
    for (int64_t i = 0; i < n; i++) {
        const double off = fabs((double)found[i] - expected[i]) / scale;
        report->checked++;
        if (!(off <= report->worst)) report->worst = off;
        if (!(off <= tolerance))
            return error_set(error, "gradient of %s, element %lld: found %.10g, expected %.10g",
                             input->name, (long long)i, (double)found[i], expected[i]);
    }
    return true;
}

/* d <v, f> / d input by differences, for every element; owned by the caller. NULL on failure. */
static double *differentiate(Check *check, Node *input, Error *error) {
    const int64_t n = shape_elements(&input->shape);
    real *host = malloc((size_t)n * sizeof(real) + 1);
    double *expected = malloc((size_t)n * sizeof(double) + 1);
    PROMISE(host && expected, "no memory for a gradient check");
    tensor_download(&input->value, host);
    bool right = true;
    for (int64_t i = 0; right && i < n; i++)
        right = difference(check, input, host, i, &expected[i], error);
    free(host);
    if (right) return expected;
    free(expected);
    return NULL;
}

/* The gradient of an input on the host. An input that f does not read has gradient zero. */
static real *gradient_of(const Node *input) {
    real *found = calloc((size_t)shape_elements(&input->shape) + 1, sizeof(real));
    PROMISE(found, "no memory for a gradient check");
    if (input->gradient_written) tensor_download(&input->gradient, found);
    return found;
}

/* What every subset is checked against, and how strictly. */
typedef struct Task {
    GradientFunction function;
    void *context;
    const Tensor *inputs;
    int input_count;
    bool training;
    uint64_t seed;
    double tolerance;
    double *expected[OP_MAX_INPUTS]; /* NULL: not looked at */
} Task;

static bool open_task(Check *check, const Task *task, unsigned wanted, Error *error) {
    return open_check(check, task->function, task->context, task->inputs, task->input_count, wanted,
                      task->training, task->seed, error);
}

static bool take_differences(Task *task, unsigned all, Error *error) {
    Check check = { 0 };
    bool right = open_task(&check, task, 0, error);
    for (int i = 0; right && i < task->input_count; i++) {
        if (!(all >> i & 1)) continue;
        task->expected[i] = differentiate(&check, check.inputs[i], error);
        right = task->expected[i] != NULL;
    }
    close_check(&check);
    return right;
}

/* One backward pass with the inputs in `wanted`, against the differences. */
static bool check_subset(const Task *task, unsigned wanted, GradientReport *report, Error *error) {
    Check check = { 0 };
    bool right = open_task(&check, task, wanted, error) && graph_forward(check.graph, error) &&
                 graph_backward_from(check.graph, check.cotangent, error);
    for (int i = 0; right && i < task->input_count; i++) {
        if (!(wanted >> i & 1)) continue;
        const Node *input = check.inputs[i];
        real *found = gradient_of(input);
        right = compare(input, found, task->expected[i], shape_elements(&input->shape),
                        task->tolerance, report, error);
        free(found);
    }
    close_check(&check);
    return right;
}

static bool finish_task(Task *task, bool right, const GradientReport *report, Error *error) {
    for (int i = 0; i < OP_MAX_INPUTS; i++) free(task->expected[i]);
    if (right && report->checked == 0) return error_set(error, "no element was compared");
    return right;
}

static bool refuse_float(Error *error) {
    return error_set(error, "a gradient check needs the library built with double");
}

bool gradient_check(GradientFunction function, void *context, const Tensor *inputs, int input_count,
                    unsigned wanted, bool training, uint64_t seed, double tolerance,
                    GradientReport *report, Error *error) {
    *report = (GradientReport){ 0, 0 };
    if (sizeof(real) != sizeof(double)) return refuse_float(error);
    Task task = { function, context, inputs, input_count, training, seed, tolerance, { NULL } };
    const bool right =
        take_differences(&task, wanted, error) && check_subset(&task, wanted, report, error);
    return finish_task(&task, right, report, error);
}

bool gradient_check_subsets(GradientFunction function, void *context, const Tensor *inputs,
                            int input_count, unsigned all, bool training, uint64_t seed,
                            double tolerance, GradientReport *report, Error *error) {
    *report = (GradientReport){ 0, 0 };
    if (sizeof(real) != sizeof(double)) return refuse_float(error);
    Task task = { function, context, inputs, input_count, training, seed, tolerance, { NULL } };
    bool right = take_differences(&task, all, error);
    for (unsigned wanted = all; right && wanted; wanted = (wanted - 1) & all)
        if (!check_subset(&task, wanted, report, error)) {
            Error cause = error ? *error : (Error){ "" };
            right = error_set(error, "inputs %#x: %.900s", wanted, cause.text);
        }
    return finish_task(&task, right, report, error);
}
