#include "tests/gpu_case.h"

#include "autograd/ops.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

/* Absent beside a real GPU. */
void emulated_shuffle(uint64_t seed) __attribute__((weak));
void emulated_leave_open(bool open) __attribute__((weak));

const Device *gpu_for_tests(void) {
    Error error = { "" };
    const Device *gpu = device_find("gpu", &error);
    if (!gpu) test_fail(__FILE__, __LINE__, "%s", error.text);
    return gpu;
}

const Device *next_device(int *i, const char *what) {
    const int at = (*i)++;
    if (at > (device_load_gpu(NULL) ? 1 : 0)) return NULL;
    const Device *device = at == 0 ? device_cpu() : gpu_for_tests();
    if (device) test_case("%s, on the %s", what, device->name);
    return device;
}

void gpu_shuffle(uint64_t seed) {
    if (emulated_shuffle) emulated_shuffle(seed);
}

void gpu_leave_open(bool open) {
    if (emulated_leave_open) emulated_leave_open(open);
}

bool gpu_is_emulated(void) {
    return emulated_shuffle != NULL;
}

static void keep_part(CaseResult *result, const Tensor *tensor) {
    const int64_t n = shape_elements(&tensor->shape);
    real *values = calloc((size_t)n + 1, sizeof *values);
    PROMISE(values, "no memory for a test");
    if (tensor->data) tensor_download(tensor, values);
    result->count[result->parts] = n;
    result->values[result->parts++] = values;
}

static Node *build(const Op *op, const ProbeCase *probe, Node *const *leaves, bool twice) {
    Node *output = probe_build(op, probe, leaves);
    return twice && output ? op_add(output, probe_build(op, probe, leaves)) : output;
}

/* Backward from a cotangent that is the same on every device. */
static bool run_backward(Graph *graph, const Node *output, Error *error) {
    const int64_t n = shape_elements(&output->shape);
    real *cotangent = malloc((size_t)n * sizeof *cotangent + 1);
    PROMISE(cotangent, "no memory for a test");
    Random random = random_stream(11, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) cotangent[i] = (real)random_between(&random, -1, 1);
    const bool done = graph_backward_from(graph, cotangent, error);
    free(cotangent);
    return done;
}

bool case_run(const Device *device, const Op *op, const ProbeCase *probe, bool twice,
              CaseResult *result) {
    Tensor inputs[OP_MAX_INPUTS];
    Node *leaves[OP_MAX_INPUTS];
    Error error = { "" };
    Graph *graph = graph_create(device, probe->training);
    *result = (CaseResult){ 0 };
    probe_inputs(probe, 3, inputs);
    for (int i = 0; i < probe_input_count(probe); i++) {
        leaves[i] = graph_input(graph, "input", inputs[i].shape);
        tensor_copy(&leaves[i]->value, &inputs[i]);
        if (op->differentiable >> i & 1) graph_want_gradient(leaves[i]);
    }
    Node *output = build(op, probe, leaves, twice);
    graph_keep(output);
    graph_set_loss(graph, output);
    bool done = output && graph_forward(graph, &error) &&
                (!op->differentiable || run_backward(graph, output, &error));
    if (!done) {
        test_fail(__FILE__, __LINE__, "%s: %s", device->name,
                  error.text[0] ? error.text : graph_error(graph));
    } else {
        keep_part(result, &output->value);
        for (int i = 0; i < probe_input_count(probe); i++) {
            keep_part(result, &leaves[i]->value);
            if (leaves[i]->gradient_written) keep_part(result, &leaves[i]->gradient);
        }
    }
    probe_release(probe, inputs);
    graph_destroy(graph);
    return done;
}

void case_free(CaseResult *result) {
    for (int i = 0; i < result->parts; i++) free(result->values[i]);
    *result = (CaseResult){ 0 };
}

static double largest_of(const real *values, int64_t count) {
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        if (fabs((double)values[i]) > largest) largest = fabs((double)values[i]);
    return largest;
}

/* A part that is zero throughout (the gradient of a normal in one dimension) has no size of its
 * own: what cancels in it is as large as the others. */
static double part_size(const CaseResult *result, int part) {
    double size = largest_of(result->values[part], result->count[part]);
    for (int i = 0; size == 0 && i < result->parts; i++)
        size = largest_of(result->values[i], result->count[i]);
    return size > 0 ? size : 1;
}

double case_distance(const CaseResult *a, const CaseResult *b) {
    double worst = a->parts == b->parts ? 0 : INFINITY;
    for (int part = 0; part < a->parts && part < b->parts; part++) {
        const double size = part_size(b, part);
        for (int64_t i = 0; i < b->count[part]; i++) {
            const double x = (double)a->values[part][i], y = (double)b->values[part][i];
            const double off = x == y || (isnan(x) && isnan(y)) ? 0 : fabs(x - y) / size;
            worst = test_worse(worst, off);
        }
    }
    return worst;
}

uint64_t case_hash(const CaseResult *result) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (int part = 0; part < result->parts; part++) {
        const unsigned char *bytes = (const unsigned char *)result->values[part];
        for (size_t i = 0; i < (size_t)result->count[part] * sizeof(real); i++)
            hash = (hash ^ bytes[i]) * 0x100000001b3u;
    }
    return hash;
}
