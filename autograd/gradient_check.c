/* gradient_check.c - compares the gradients of backward with difference quotients. */
#include "autograd/gradient_check.h"

#include "autograd/graph_plan.h"
#include "tensor/memory.h"
#include "tensor/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the two orders; see the header. */
static const double step_second = 6e-6, step_fourth = 5e-4, sharp = 1e-3;

typedef struct Check {
    Graph *graph;
    Node *inputs[OP_MAX_INPUTS], *output;
    int64_t elements;                /* of the output */
    real *cotangent, *above, *below; /* of the output's size */
} Check;

/* A line through x along which an input moves. */
typedef struct Line {
    int64_t axis;            /* the one element that moves; -1: all do */
    const double *direction; /* then: by how much each */
} Line;

/* The derivative of F along a line, and a bound on its rounding error. */
typedef struct Slope {
    double value, noise;
} Slope;

/* The slopes of one input, and the lines they belong to. */
typedef struct Slopes {
    int64_t elements, count;
    double *directions; /* [count, elements]; NULL: line i is axis i */
    Slope *slope;       /* [count] */
} Slopes;

static void *room_for(int64_t count, size_t size) {
    return memory_new((size_t)count, size);
}

static bool open_check(Check *check, GradientFunction function, void *context, const Tensor *inputs,
                       int input_count, unsigned wanted, bool training, uint64_t seed,
                       Error *error) {
    check->graph = graph_create(tensor_device(&inputs[0]), training);
    check->graph->shows_undeclared_reads = true;
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
    check->cotangent = room_for(check->elements, sizeof(real));
    check->above = room_for(check->elements, sizeof(real));
    check->below = room_for(check->elements, sizeof(real));
    Random random = random_stream(seed, 0, 0, 0);
    for (int64_t i = 0; i < check->elements; i++)
        check->cotangent[i] = (real)random_between(&random, -1, 1);
    return true;
}

static void close_check(Check *check) {
    free(check->cotangent);
    free(check->above);
    free(check->below);
    graph_destroy(check->graph);
}

/* ---- Differences ---- */

static Slopes open_slopes(int64_t elements, uint64_t seed) {
    const bool large = elements > GRADIENT_CHECK_ELEMENTS;
    Slopes slopes = { elements, large ? GRADIENT_CHECK_DIRECTIONS : elements, NULL, NULL };
    slopes.slope = room_for(slopes.count, sizeof *slopes.slope);
    if (!large) return slopes;
    slopes.directions = room_for(slopes.count * elements, sizeof *slopes.directions);
    Random random = random_stream(seed, 1, 0, 0);
    for (int64_t i = 0; i < slopes.count * elements; i++)
        slopes.directions[i] = random_between(&random, -1, 1);
    return slopes;
}

static void close_slopes(Slopes *slopes) {
    free(slopes->directions);
    free(slopes->slope);
}

static Line line_of(const Slopes *slopes, int64_t i) {
    if (!slopes->directions) return (Line){ i, NULL };
    return (Line){ -1, slopes->directions + i * slopes->elements };
}

/* The largest |x_j| that moves, or 1. */
static double scale_of(const Line *line, const real *x, int64_t n) {
    if (line->axis >= 0) return fmax(1, fabs((double)x[line->axis]));
    double scale = 1;
    for (int64_t j = 0; j < n; j++) scale = fmax(scale, fabs((double)x[j]));
    return scale;
}

/* out = f(x + step along the line). moved: room for x. */
static bool evaluate(Check *check, Node *input, const real *x, const Line *line, double step,
                     real *moved, real *out, Error *error) {
    const int64_t n = shape_elements(&input->shape);
    memcpy(moved, x, (size_t)n * sizeof *x);
    if (line->axis >= 0) moved[line->axis] = (real)((double)x[line->axis] + step);
    for (int64_t j = 0; line->axis < 0 && j < n; j++)
        moved[j] = (real)((double)x[j] + step * line->direction[j]);
    tensor_upload(&input->value, moved);
    if (!graph_forward(check->graph, error)) return false;
    tensor_download(&check->output->value, out);
    return true;
}

/* D(h) and its noise. The differences are formed before they are summed, so that large parts of f
 * that do not change cancel exactly. */
static bool difference(Check *check, Node *input, const real *x, const Line *line, double h,
                       real *moved, Slope *slope, Error *error) {
    if (!evaluate(check, input, x, line, h, moved, check->above, error) ||
        !evaluate(check, input, x, line, -h, moved, check->below, error))
        return false;
    double change = 0, size = 0;
    for (int64_t i = 0; i < check->elements; i++) {
        const double v = (double)check->cotangent[i];
        const double above = (double)check->above[i], below = (double)check->below[i];
        if (above == below) continue;
        change += v * (above - below);
        size += fabs(v) * (fabs(above) + fabs(below));
    }
    *slope = (Slope){ change / (2 * h), 2 * REAL_EPSILON * size / (2 * h) };
    return true;
}

/* The slope along a line: second order where that is sharp enough, else fourth. */
static bool take_slope(Check *check, Node *input, const real *x, const Line *line, real *moved,
                       Slope *slope, Error *error) {
    const double scale = scale_of(line, x, shape_elements(&input->shape));
    const double h = step_fourth * scale;
    Slope near, far;
    if (!difference(check, input, x, line, step_second * scale, moved, slope, error)) return false;
    if (slope->noise <= sharp / 10 * fabs(slope->value)) return true;
    if (!difference(check, input, x, line, h, moved, &near, error) ||
        !difference(check, input, x, line, 2 * h, moved, &far, error))
        return false;
    slope->value = (4 * near.value - far.value) / 3;
    slope->noise = (4 * near.noise + far.noise) / 3;
    return true;
}

static bool differentiate(Check *check, Node *input, Slopes *slopes, Error *error) {
    real *x = room_for(slopes->elements, sizeof *x);
    real *moved = room_for(slopes->elements, sizeof *moved);
    tensor_download(&input->value, x);
    bool right = true;
    for (int64_t i = 0; right && i < slopes->count; i++) {
        const Line line = line_of(slopes, i);
        right = take_slope(check, input, x, &line, moved, &slopes->slope[i], error);
    }
    tensor_upload(&input->value, x);
    free(x);
    free(moved);
    return right;
}

/* ---- Comparing ---- */

static double along(const Line *line, const real *gradient, int64_t n) {
    if (line->axis >= 0) return (double)gradient[line->axis];
    double sum = 0;
    for (int64_t j = 0; j < n; j++) sum += (double)gradient[j] * line->direction[j];
    return sum;
}

static bool refuse(const Node *input, const Slopes *slopes, int64_t i, double found,
                   const Slope *expected, Error *error) {
    return error_set(error,
                     "gradient of %s, %s %lld: found %.10g, expected %.10g, give or take %.2g",
                     input->name, slopes->directions ? "direction" : "element", (long long)i, found,
                     expected->value, expected->noise);
}

static bool compare(const Node *input, const real *gradient, const Slopes *slopes, double tolerance,
                    GradientReport *report, Error *error) {
    for (int64_t i = 0; i < slopes->count; i++) {
        const Line line = line_of(slopes, i);
        const Slope *expected = &slopes->slope[i];
        const double found = along(&line, gradient, slopes->elements);
        const double off = fabs(found - expected->value), size = fabs(expected->value);
        const double allowed = tolerance * size + expected->noise;
        report->checked++;
        if (off > 0 || allowed > 0) {
            report->loose += !(3 * allowed < sharp * size);
            if (!(off / allowed <= report->worst)) report->worst = off / allowed;
        }
        if (!(off <= allowed && allowed <= REAL_MAX))
            return refuse(input, slopes, i, found, expected, error);
    }
    return true;
}

/* The gradient of an input on the host. An input that f does not read has gradient zero. */
static real *gradient_of(const Node *input) {
    real *found = room_for(shape_elements(&input->shape), sizeof *found);
    if (input->gradient_written) tensor_download(&input->gradient, found);
    return found;
}

/* The slopes that every subset is checked against, and the tolerance. */
typedef struct Task {
    GradientFunction function;
    void *context;
    const Tensor *inputs;
    int input_count;
    bool training;
    uint64_t seed;
    double tolerance;
    Slopes expected[OP_MAX_INPUTS]; /* empty: not looked at */
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
        task->expected[i] =
            open_slopes(shape_elements(&check.inputs[i]->shape), task->seed + (uint64_t)i);
        right = differentiate(&check, check.inputs[i], &task->expected[i], error);
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
        right = compare(input, found, &task->expected[i], task->tolerance, report, error);
        free(found);
    }
    close_check(&check);
    return right;
}

static bool finish_task(Task *task, bool right, const GradientReport *report, Error *error) {
    for (int i = 0; i < OP_MAX_INPUTS; i++) close_slopes(&task->expected[i]);
    if (right && report->checked == 0) return error_set(error, "no element was compared");
    return right;
}

static bool refuse_float(Error *error) {
    return error_set(error, "a gradient check needs the library built with double");
}

bool gradient_check(GradientFunction function, void *context, const Tensor *inputs, int input_count,
                    unsigned wanted, bool training, uint64_t seed, double tolerance,
                    GradientReport *report, Error *error) {
    *report = (GradientReport){ 0, 0, 0 };
    if (sizeof(real) != sizeof(double)) return refuse_float(error);
    Task task = { function, context, inputs, input_count, training, seed, tolerance, { { 0 } } };
    const bool right =
        take_differences(&task, wanted, error) && check_subset(&task, wanted, report, error);
    return finish_task(&task, right, report, error);
}

bool gradient_check_subsets(GradientFunction function, void *context, const Tensor *inputs,
                            int input_count, unsigned all, bool training, uint64_t seed,
                            double tolerance, GradientReport *report, Error *error) {
    *report = (GradientReport){ 0, 0, 0 };
    if (sizeof(real) != sizeof(double)) return refuse_float(error);
    Task task = { function, context, inputs, input_count, training, seed, tolerance, { { 0 } } };
    bool right = take_differences(&task, all, error);
    for (unsigned wanted = all; right && wanted; wanted = (wanted - 1) & all)
        if (!check_subset(&task, wanted, report, error)) {
            Error cause = error ? *error : (Error){ "" };
            right = error_set(error, "inputs %#x: %.900s", wanted, cause.text);
        }
    return finish_task(&task, right, report, error);
}
