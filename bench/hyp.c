/* hyp.c - ops on points of the Poincare ball. A row op reads its inputs and writes its output once;
 * its gradient reads inputs and dy, and writes the inputs' gradients. Hyperplane logits have 6
 * outputs for 64 inputs. */
#include "autograd/ops.h"
#include "bench/fill.h"
#include "bench/op_trial.h"
#include "hyp/ops.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { DIMENSION = 64, CLASSES = 6 };

static Node *build_logits(Node *u) {
    const Shape planes = shape_2(CLASSES, shape_last(&u->shape));
    return op_hyperplane_logits(u, op_trial_input(u, "points", planes, -0.05, 0.05),
                                op_trial_input(u, "normals", planes, -1, 1), (real)1);
}

static Node *build_exp_map_zero(Node *u) {
    return op_exp_map_zero(u, (real)1);
}

static Node *build_log_map_zero(Node *u) {
    return op_log_map_zero(op_trial_input(u, "y", u->shape, -0.1, 0.1), (real)1);
}

static Node *build_mobius_add(Node *u) {
    Node *y = op_trial_input(u, "y", u->shape, -0.1, 0.1);
    return op_mobius_add(y, op_trial_input(u, "x", u->shape, -0.1, 0.1), (real)1);
}

/* Forward and backward of the logits as a step runs them, from a gradient in memory. */
typedef struct LogitsRun {
    Graph *graph;
    real *gradient;
} LogitsRun;

static bool run_logits(void *context, Error *error) {
    LogitsRun *run = context;
    return graph_forward(run->graph, error) &&
           graph_backward_from(run->graph, run->gradient, error);
}

static void measure_both(Bench *bench, Shape shape) {
    LogitsRun run = { .graph = graph_create(device_cpu(), true) };
    Node *u = graph_input(run.graph, "u", shape);
    Error error = { "" };
    if (!u) error_set(&error, "%s", graph_error(run.graph));
    if (u) {
        fill_uniform(&u->value, -1, 1);
        graph_want_gradient(u);
        Node *logits = build_logits(u);
        graph_set_loss(run.graph, logits);
        const int64_t elements = shape_elements(&logits->shape);
        run.gradient = malloc((size_t)elements * sizeof(real));
        if (!run.gradient) memory_exhausted((size_t)elements * sizeof(real));
        fill_reals(run.gradient, elements, -1, 1);
        Row row = { .multiply_adds = 3 * (double)logits->op->multiply_adds(logits),
                    .bytes =
                        sizeof(real) * (3 * (double)shape_elements(&shape) + 2 * (double)elements),
                    .images = (double)shape.size[0] };
        snprintf(row.name, sizeof row.name, "hyperplane logits %s forward+backward",
                 shape_text(&shape).text);
        bench_measure(bench, &row, run_logits, &run);
    }
    if (error.text[0]) bench_fail(bench, &error);
    free(run.gradient);
    graph_destroy(run.graph);
}

void bench_hyp(Bench *bench) {
    const Shape pixels = shape_4(8, 64, 64, DIMENSION);
    const OpCase cases[] = {
        { "hyperplane logits", pixels, build_logits, { 1, 1 }, { 2, 1 }, false },
        { "exp map at 0", pixels, build_exp_map_zero, { 1, 1 }, { 2, 1 }, false },
        { "log map at 0", pixels, build_log_map_zero, { 1, 1 }, { 2, 1 }, false },
        { "mobius add", pixels, build_mobius_add, { 2, 1 }, { 4, 1 }, false },
    };
    bench_ops(bench, cases, sizeof cases / sizeof *cases);
    measure_both(bench, pixels);
}
