/* Single ops beyond their formulas: side effects, empty sums, extreme values. test_ops_selection.c
 * has those that select. */
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

static Node *leaf(Graph *graph, const char *name, Shape shape, const real *values) {
    Node *node = graph_input(graph, name, shape);
    PROMISE(node, "no memory for a test");
    if (values) tensor_upload(&node->value, values);
    graph_want_gradient(node);
    return node;
}

/* Forward and backward of the loss; the value stays readable. */
static void run(Graph *graph, Node *loss) {
    Error error = { "" };
    graph_set_loss(graph, loss);
    if (graph_error(graph) || !graph_forward(graph, &error) || !graph_backward(graph, &error))
        test_fail(__FILE__, __LINE__, "%s", graph_error(graph) ? graph_error(graph) : error.text);
}

static bool all_are(const Tensor *tensor, real value) {
    for (int64_t i = 0; i < shape_elements(&tensor->shape); i++)
        if (!(tensor->data[i] == value)) return false;
    return tensor->data != NULL;
}

static bool all_finite(const Tensor *tensor) {
    for (int64_t i = 0; i < shape_elements(&tensor->shape); i++)
        if (!(fabs(tensor->data[i]) <= REAL_MAX)) return false;
    return tensor->data != NULL;
}

/* ---- Batch norm ---- */

typedef struct Norm {
    Graph *graph;
    Node *x, *weight, *bias, *mean, *var, *y;
} Norm;

static Norm open_norm(bool training, bool frozen, int64_t rows, const real *x) {
    const real ones[2] = { 1, 1 }, zeros[2] = { 0, 0 };
    const real mean[2] = { (real)0.5, -1 }, var[2] = { 2, (real)0.25 };
    Norm norm = { .graph = graph_create(device_cpu(), training) };
    norm.x = leaf(norm.graph, "x", shape_2(rows, 2), x);
    norm.weight = leaf(norm.graph, "weight", shape_1(2), ones);
    norm.bias = leaf(norm.graph, "bias", shape_1(2), zeros);
    norm.mean = leaf(norm.graph, "running mean", shape_1(2), mean);
    norm.var = leaf(norm.graph, "running var", shape_1(2), var);
    norm.y = op_batch_norm(norm.x, norm.weight, norm.bias, norm.mean, norm.var, frozen);
    graph_keep(norm.y);
    return norm;
}

TEST(batch_norm_running_statistics) {
    /* Channel 0: mean 2, squares 2; channel 1: mean 5, squares 26. Unbiased: 1 and 13. */
    const real x[6] = { 1, 2, 2, 4, 3, 9 };
    Norm norm = open_norm(true, false, 3, x);
    double mean[2] = { 0.5, -1 }, var[2] = { 2, 0.25 };
    const double of_batch[2] = { 2, 5 }, unbiased[2] = { 1, 13 };
    for (int step = 0; step < 3; step++) {
        CHECK(graph_forward(norm.graph, NULL));
        for (int c = 0; c < 2; c++) {
            mean[c] = 0.9 * mean[c] + 0.1 * of_batch[c];
            var[c] = 0.9 * var[c] + 0.1 * unbiased[c];
            CHECK_NEAR((double)norm.mean->value.data[c], mean[c], 10 * REAL_EPSILON);
            CHECK_NEAR((double)norm.var->value.data[c], var[c], 10 * REAL_EPSILON);
        }
    }
    graph_destroy(norm.graph);
}

TEST(batch_norm_frozen_and_evaluating_use_and_keep_the_running_statistics) {
    const real x[6] = { 1, 2, 2, 4, 3, 9 };
    for (int training = 0; training < 2; training++) {
        Norm norm = open_norm(training, training, 3, x);
        CHECK(graph_forward(norm.graph, NULL));
        CHECK(norm.mean->value.data[0] == (real)0.5 && norm.mean->value.data[1] == -1);
        CHECK(norm.var->value.data[0] == 2 && norm.var->value.data[1] == (real)0.25);
        CHECK_NEAR((double)norm.y->value.data[1], 3 / sqrt(0.25001), 10 * REAL_EPSILON);
        graph_destroy(norm.graph);
    }
}

TEST(batch_norm_of_one_row_is_finite) {
    const real x[2] = { 3, -7 };
    Norm norm = open_norm(true, false, 1, x);
    run(norm.graph, op_sum(op_square(norm.y)));
    CHECK(all_are(&norm.y->value, 0));
    CHECK(all_finite(&norm.x->gradient) && all_finite(&norm.weight->gradient));
    CHECK(all_finite(&norm.mean->value) && all_finite(&norm.var->value));
    CHECK_NEAR((double)norm.var->value.data[0], 1.8, 10 * REAL_EPSILON);
    graph_destroy(norm.graph);
}

/* A mean far from zero beside a smaller spread: the sum of squares alone would lose it all. */
TEST(batch_norm_far_from_zero) {
    enum { ROWS = 4000 };
    static real x[2 * ROWS];
    double mean[2] = { 0 }, var[2] = { 0 };
    for (int i = 0; i < 2 * ROWS; i++) {
        x[i] = (i % 2 ? -65536 : 65536) + (real)(i * 7919 % 1000) / 8;
        mean[i % 2] += (double)x[i] / ROWS;
    }
    for (int i = 0; i < 2 * ROWS; i++) {
        const double off = (double)x[i] - mean[i % 2];
        var[i % 2] += off * off / ROWS;
    }
    Norm norm = open_norm(true, false, ROWS, x);
    CHECK(graph_forward(norm.graph, NULL));
    for (int i = 0; i < 2 * ROWS; i++) {
        const double expected = ((double)x[i] - mean[i % 2]) / sqrt(var[i % 2] + 1e-5);
        if (!CHECK_NEAR((double)norm.y->value.data[i], expected, 5e-4)) break;
    }
    graph_destroy(norm.graph);
}

/* ---- Losses ---- */

TEST(losses_ignore_everything) {
    const real labels[3] = { 7, 7, 7 };
    for (int which = 0; which < 2; which++) {
        Graph *graph = graph_create(device_cpu(), true);
        Node *logits = leaf(graph, "logits", shape_2(3, 2), (const real[]){ 1, 2, 3, 4, 5, 6 });
        Node *node = leaf(graph, "labels", shape_1(3), labels);
        Node *loss = which ? segmentation_loss_part(op_segmentation_loss(logits, node, NULL, 7),
                                                    LOSS_SOFT_DICE)
                           : op_softmax_cross_entropy(logits, node, NULL, 7);
        run(graph, loss);
        CHECK(all_are(&loss->value, 0));
        CHECK(all_are(&logits->gradient, 0));
        graph_destroy(graph);
    }
}

TEST(losses_ignore_rows_with_any_logits) {
    const real logits[6] = { NAN, INFINITY, 1, 2, 3, -1 }, labels[3] = { 9, 0, 1 };
    for (int which = 0; which < 2; which++) {
        Graph *graph = graph_create(device_cpu(), true);
        Node *z = leaf(graph, "logits", shape_2(3, 2), logits);
        Node *y = leaf(graph, "labels", shape_1(3), labels);
        Node *loss =
            which ? segmentation_loss_part(op_segmentation_loss(z, y, NULL, 9), LOSS_SOFT_DICE)
                  : op_softmax_cross_entropy(z, y, NULL, 9);
        run(graph, loss);
        CHECK(all_finite(&loss->value) && all_finite(&z->gradient));
        CHECK(z->gradient.data[0] == 0 && z->gradient.data[1] == 0);
        CHECK(z->gradient.data[2] != 0);
        graph_destroy(graph);
    }
}

TEST(losses_with_huge_logits) {
    const real logits[6] = { 10000, 0, 0, 10000, 10000, 9999 }, labels[3] = { 0, 0, 1 };
    Graph *graph = graph_create(device_cpu(), true);
    Node *z = leaf(graph, "logits", shape_2(3, 2), logits);
    Node *y = leaf(graph, "labels", shape_1(3), labels);
    Node *loss = op_softmax_cross_entropy(z, y, NULL, 255);
    Node *dice = segmentation_loss_part(op_segmentation_loss(z, y, NULL, 255), LOSS_SOFT_DICE),
         *kl = op_kl_divergence(z, op_stop_gradient(z), 4);
    graph_keep(dice);
    graph_keep(kl);
    run(graph, op_add(loss, op_add(dice, kl)));
    const double p = exp(-1.0) / (1 + exp(-1.0));
    CHECK_NEAR((double)kl->value.data[0], 0, 1e-6);
    CHECK(dice->value.data[0] > 0 && dice->value.data[0] < 1);
    CHECK(all_finite(&z->gradient));
    graph_keep(loss);
    CHECK(graph_forward(graph, NULL));
    CHECK_NEAR((double)loss->value.data[0], (0 + 10000 - log(p)) / 3, 10 * REAL_EPSILON);
    graph_destroy(graph);
}

/* Losses of one row of three classes, with a label that is none. */
typedef struct WrongLabel {
    const Device *device;
    real label;
    bool dice;
} WrongLabel;

static void label_wrongly(const void *context) {
    const WrongLabel *wrong = context;
    Graph *graph = graph_create(wrong->device, true);
    Node *logits = leaf(graph, "logits", shape_2(1, 3), (const real[]){ 1, 2, 3 });
    Node *labels = leaf(graph, "labels", shape_1(1), &wrong->label);
    graph_keep(wrong->dice ? segmentation_loss_part(op_segmentation_loss(logits, labels, NULL, 255),
                                                    LOSS_SOFT_DICE)
                           : op_softmax_cross_entropy(logits, labels, NULL, 255));
    graph_forward(graph, NULL);
}

static void check_wrong_labels(const Device *device) {
    const real labels[4] = { 3, -1, (real)0.5, NAN };
    for (int i = 0; i < 8; i++) {
        const WrongLabel wrong = { device, labels[i % 4], i < 4 };
        CHECK_STOPS(label_wrongly, &wrong,
                    wrong.dice ? "segmentation_loss: label" : "softmax_cross_entropy: label");
    }
}

TEST(losses_stop_at_a_wrong_label) {
    check_wrong_labels(device_cpu());
}

TEST(gpu_losses_stop_at_a_wrong_label) {
    if (gpu_is_emulated()) check_wrong_labels(gpu_for_tests());
}

/* ---- Resizing: values that PyTorch 2 gives for F.interpolate(mode="bilinear") ---- */

TEST(resize_bilinear_known_values) {
    const real ramp[4] = { 0, 1, 2, 3 };
    const double doubled[8] = { 0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3 };
    const double halved[2] = { 0.5, 2.5 }, third[3] = { 0.1666666716, 1.5, 2.8333332539 };
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = leaf(graph, "x", shape_4(1, 1, 4, 1), ramp);
    Node *results[4] = { op_resize_bilinear(x, 1, 8), op_resize_bilinear(x, 5, 2),
                         op_resize_bilinear(x, 1, 3), op_resize_bilinear(x, 1, 4) };
    for (int i = 0; i < 4; i++) graph_keep(results[i]);
    CHECK(graph_forward(graph, NULL));
    for (int i = 0; i < 8; i++)
        CHECK_NEAR((double)results[0]->value.data[i], doubled[i], 2 * REAL_EPSILON);
    for (int i = 0; i < 10; i++)
        CHECK_NEAR((double)results[1]->value.data[i], halved[i % 2], 2 * REAL_EPSILON);
    for (int i = 0; i < 3; i++) CHECK_NEAR((double)results[2]->value.data[i], third[i], 1e-7);
    for (int i = 0; i < 4; i++) CHECK(results[3]->value.data[i] == ramp[i]);
    graph_destroy(graph);
}
