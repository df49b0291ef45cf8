/* Training and evaluation: batch norm, in all its forms, on every device of this program. Training
 * uses the batch's statistics and updates the running ones; evaluation uses these unchanged. */
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#include <stdio.h>

enum { TRAINING, FROZEN, EVALUATION, MODES };
enum { PLAIN, AFFINE, RELU, ADD_RELU, FORMS };
enum { ROWS = 4, CHANNELS = 2, N = ROWS * CHANNELS };

static const char *const mode_names[] = { "training", "frozen", "evaluation" };
static const char *const form_names[] = { "batch_norm_plain", "batch_norm", "batch_norm_relu",
                                          "batch_norm_add_relu" };

/* Channel 0: mean 2.5, variance 1.25; channel 1: mean -1, variance 10. */
static const real x_values[N] = { 1, -5, 2, 3, 3, -3, 4, 1 };
static const real weight_values[CHANNELS] = { 2, (real)-0.5 }, bias_values[CHANNELS] = { 1, 3 };
static const real mean_values[CHANNELS] = { (real)0.5, 2 }, var_values[CHANNELS] = { 4, 9 };
static const double batch_mean[CHANNELS] = { 2.5, -1 }, batch_var[CHANNELS] = { 1.25, 10 };

static Node *leaf(Graph *graph, Shape shape, const real *values, bool wanted) {
    Node *node = graph_input(graph, "leaf", shape);
    PROMISE(node, "no memory for a test");
    tensor_upload(&node->value, values);
    if (wanted) graph_want_gradient(node);
    return node;
}

typedef struct Norm {
    Graph *graph;
    Node *x, *mean, *var, *y;
} Norm;

static Norm open_norm(const Device *device, int form, int mode) {
    Graph *graph = graph_create(device, mode != EVALUATION);
    Node *x = leaf(graph, shape_2(ROWS, CHANNELS), x_values, true);
    Node *weight = leaf(graph, shape_1(CHANNELS), weight_values, false);
    Node *bias = leaf(graph, shape_1(CHANNELS), bias_values, false);
    Node *mean = leaf(graph, shape_1(CHANNELS), mean_values, false);
    Node *var = leaf(graph, shape_1(CHANNELS), var_values, false);
    Node *residual = leaf(graph, shape_2(ROWS, CHANNELS), x_values, false);
    Node *const forms[FORMS] = {
        op_batch_norm_plain(x, mean, var, mode == FROZEN),
        op_batch_norm(x, weight, bias, mean, var, mode == FROZEN),
        op_batch_norm_relu(x, weight, bias, mean, var, mode == FROZEN),
        op_batch_norm_add_relu(x, weight, bias, mean, var, residual, mode == FROZEN),
    };
    graph_keep(forms[form]);
    graph_set_loss(graph, forms[form]);
    return (Norm){ graph, x, mean, var, forms[form] };
}

static double expected_value(int form, int mode, int i) {
    const int c = i % CHANNELS;
    const double mean = mode == TRAINING ? batch_mean[c] : (double)mean_values[c];
    const double var = mode == TRAINING ? batch_var[c] : (double)var_values[c];
    double y = ((double)x_values[i] - mean) / sqrt(var + 1e-5);
    if (form != PLAIN) y = y * (double)weight_values[c] + (double)bias_values[c];
    if (form == ADD_RELU) y += (double)x_values[i];
    return form >= RELU && y < 0 ? 0 : y;
}

/* With running statistics each element has its own slope; in training all of a channel hang
 * together, and from a cotangent of ones nothing is left without a relu. */
static double expected_gradient(int form, int mode, int i) {
    const int c = i % CHANNELS;
    if (mode == TRAINING) return 0;
    if (form >= RELU && expected_value(form, mode, i) == 0) return 0;
    return (form == PLAIN ? 1 : (double)weight_values[c]) / sqrt((double)var_values[c] + 1e-5);
}

static void check_values(const Norm *norm, int form, int mode) {
    real y[N], dx[N];
    tensor_download(&norm->y->value, y);
    tensor_download(&norm->x->gradient, dx);
    for (int i = 0; i < N; i++) {
        CHECK_NEAR((double)y[i], expected_value(form, mode, i), 30 * REAL_EPSILON);
        if (mode == TRAINING && form >= RELU) continue;
        CHECK_NEAR((double)dx[i], expected_gradient(form, mode, i), 30 * REAL_EPSILON);
    }
}

/* Momentum 0.1, towards the batch's mean and its unbiased variance. */
static void check_statistics(const Norm *norm, int mode) {
    real mean[CHANNELS], var[CHANNELS];
    tensor_download(&norm->mean->value, mean);
    tensor_download(&norm->var->value, var);
    const double share = mode == TRAINING ? 0.1 : 0, unbiased = (double)ROWS / (ROWS - 1);
    for (int c = 0; c < CHANNELS; c++) {
        CHECK_NEAR((double)mean[c], (1 - share) * (double)mean_values[c] + share * batch_mean[c],
                   mode == TRAINING ? 10 * REAL_EPSILON : 0);
        CHECK_NEAR((double)var[c],
                   (1 - share) * (double)var_values[c] + share * unbiased * batch_var[c],
                   mode == TRAINING ? 10 * REAL_EPSILON : 0);
    }
}

static void check_form(const Device *device, int form, int mode) {
    real ones[N];
    for (int i = 0; i < N; i++) ones[i] = 1;
    Norm norm = open_norm(device, form, mode);
    CHECK(graph_forward(norm.graph, NULL) && graph_backward_from(norm.graph, ones, NULL));
    check_values(&norm, form, mode);
    check_statistics(&norm, mode);
    graph_destroy(norm.graph);
}

TEST(batch_norm_in_every_mode) {
    const Device *device;
    char name[64];
    for (int form = 0; form < FORMS; form++)
        for (int mode = 0; mode < MODES; mode++) {
            snprintf(name, sizeof name, "%s, %s", form_names[form], mode_names[mode]);
            for (int i = 0; (device = next_device(&i, name));) check_form(device, form, mode);
        }
}
