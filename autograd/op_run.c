/* op_run.c - runs a probe case on a device, and compares two runs. */
#include "autograd/op_run.h"

#include "autograd/graph_plan.h"
#include "autograd/ops.h"
#include "tensor/memory.h"
#include "tensor/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep_part(OpRun *run, OpPartKind kind, int input, const Tensor *tensor) {
    const int64_t n = shape_elements(&tensor->shape);
    OpPart *part = &run->part[run->parts++];
    *part = (OpPart){ kind, input, n, memory_new((size_t)n, sizeof(real)) };
    if (tensor->data) tensor_download(tensor, part->values);
}

static bool run_backward(Graph *graph, const Node *output, Error *error) {
    const int64_t n = shape_elements(&output->shape);
    real *cotangent = memory_new((size_t)n, sizeof *cotangent);
    Random random = random_stream(11, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) cotangent[i] = (real)random_between(&random, -1, 1);
    const bool done = graph_backward_from(graph, cotangent, error);
    free(cotangent);
    return done;
}

static bool run_graph(Graph *graph, const Op *op, const ProbeCase *probe, bool twice,
                      Node *const *leaves, OpRun *run, Error *error) {
    Node *output = probe_build(op, probe, leaves);
    if (twice && output) output = op_add(output, probe_build(op, probe, leaves));
    if (!output) return error_set(error, "%s", graph_error(graph));
    graph_keep(output);
    graph_set_loss(graph, output);
    if (!graph_forward(graph, error)) return false;
    if (op->differentiable && !run_backward(graph, output, error)) return false;
    keep_part(run, OP_PART_OUTPUT, 0, &output->value);
    for (int i = 0; i < probe_input_count(probe); i++) {
        keep_part(run, OP_PART_INPUT, i, &leaves[i]->value);
        if (leaves[i]->gradient_written) keep_part(run, OP_PART_GRADIENT, i, &leaves[i]->gradient);
    }
    return true;
}

bool op_run(const Device *device, const Op *op, const ProbeCase *probe, uint64_t seed, bool twice,
            OpRun *run, Error *error) {
    Tensor inputs[OP_MAX_INPUTS];
    Node *leaves[OP_MAX_INPUTS] = { NULL };
    bool done = true;
    Graph *graph = graph_create(device, probe->training);
    graph->shows_undeclared_reads = true;
    *run = (OpRun){ 0 };
    probe_inputs(probe, seed, inputs);
    for (int i = 0; done && i < probe_input_count(probe); i++) {
        leaves[i] = graph_input(graph, "input", inputs[i].shape);
        done = leaves[i] || error_set(error, "%s", graph_error(graph));
        if (!done) break;
        tensor_copy(&leaves[i]->value, &inputs[i]);
        if (op->differentiable >> i & 1) graph_want_gradient(leaves[i]);
    }
    done = done && run_graph(graph, op, probe, twice, leaves, run, error);
    probe_release(probe, inputs);
    graph_destroy(graph);
    return done;
}

void op_run_free(OpRun *run) {
    for (int i = 0; i < run->parts; i++) free(run->part[i].values);
    *run = (OpRun){ 0 };
}

/* ---- Comparing ---- */

static double largest_of(const OpPart *part) {
    double largest = 0;
    for (int64_t i = 0; i < part->count; i++)
        if (fabs((double)part->values[i]) > largest) largest = fabs((double)part->values[i]);
    return largest;
}

/* A part that is zero throughout (the gradient of a hyperplane's normal in one dimension) has no
 * scale of its own: the terms that cancel in it are as large as the other parts. */
static double size_of(const OpRun *run, int part) {
    double size = largest_of(&run->part[part]);
    for (int i = 0; size == 0 && i < run->parts; i++) size = fmax(size, largest_of(&run->part[i]));
    return size > 0 ? size : 1;
}

static bool same_parts(const OpRun *a, const OpRun *b) {
    if (a->parts != b->parts) return false;
    for (int i = 0; i < a->parts; i++)
        if (a->part[i].kind != b->part[i].kind || a->part[i].input != b->part[i].input ||
            a->part[i].count != b->part[i].count)
            return false;
    return true;
}

static const OpDifference nowhere = { 0, -1, 0, 0, 0 }, elsewhere = { INFINITY, 0, 0, NAN, NAN };

OpDifference op_run_compare(const OpRun *found, const OpRun *expected, double factor) {
    OpDifference worst = nowhere;
    if (!same_parts(found, expected)) return elsewhere;
    for (int part = 0; part < expected->parts; part++) {
        const OpPart *a = &found->part[part], *b = &expected->part[part];
        const double times = b->kind == OP_PART_GRADIENT ? factor : 1;
        const double size = times * size_of(expected, part);
        for (int64_t i = 0; i < b->count; i++) {
            const double x = (double)a->values[i], y = times * (double)b->values[i];
            double off = x == y || (isnan(x) && isnan(y)) ? 0 : fabs(x - y) / size;
            if (isnan(off)) off = INFINITY;
            if (off > worst.off) worst = (OpDifference){ off, part, i, x, y };
        }
    }
    return worst;
}

OpDifference op_run_compare_bits(const OpRun *found, const OpRun *expected) {
    if (!same_parts(found, expected)) return elsewhere;
    for (int part = 0; part < expected->parts; part++) {
        const OpPart *a = &found->part[part], *b = &expected->part[part];
        for (int64_t i = 0; i < b->count; i++)
            if (memcmp(&a->values[i], &b->values[i], sizeof(real)) != 0)
                return (OpDifference){ INFINITY, part, i, (double)a->values[i],
                                       (double)b->values[i] };
    }
    return nowhere;
}

OpPartText op_part_text(const OpRun *run, int part) {
    OpPartText text;
    const OpPart *of = &run->part[part];
    switch (of->kind) {
    case OP_PART_OUTPUT:
        snprintf(text.text, sizeof text.text, "forward");
        break;
    case OP_PART_INPUT:
        snprintf(text.text, sizeof text.text, "input %d afterwards", of->input);
        break;
    case OP_PART_GRADIENT:
        snprintf(text.text, sizeof text.text, "gradient of input %d", of->input);
        break;
    }
    return text;
}
