/* Ops whose exponentials overflow: values, gradients, never NaN, on every device of this
 * program. */
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

enum { MOST = 256 };

static Node *leaf(Graph *graph, Shape shape, const real *values) {
    Node *node = graph_input(graph, "leaf", shape);
    PROMISE(node, "no memory for a test");
    tensor_upload(&node->value, values);
    graph_want_gradient(node);
    return node;
}

/* Forward and backward of y, from a cotangent of ones; what y and the gradient of x then hold. */
static void run(Node *y, const Node *x, real *value, real *gradient) {
    Error error = { "" };
    real ones[MOST];
    for (int i = 0; i < MOST; i++) ones[i] = 1;
    graph_keep(y);
    graph_set_loss(y->graph, y);
    if (!graph_forward(y->graph, &error) || !graph_backward_from(y->graph, ones, &error))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    tensor_download(&y->value, value);
    tensor_download(&x->gradient, gradient);
}

/* ---- One element at a time ---- */

static const double steps[] = { -1e30, -1e4, -800, -100, -40, -20, 0, 20, 40, 100, 800, 1e4, 1e30 };
enum { STEPS = sizeof steps / sizeof *steps };

static void run_steps(const Device *device, Node *(*op)(Node *), real *value, real *gradient) {
    real x[STEPS];
    for (int i = 0; i < STEPS; i++) x[i] = (real)steps[i];
    Graph *graph = graph_create(device, true);
    Node *node = leaf(graph, shape_1(STEPS), x);
    run(op(node), node, value, gradient);
    graph_destroy(graph);
}

/* Where the value rounds to 1, so does what the gradient is made of: to 0. */
TEST(sigmoid_saturates) {
    real y[STEPS], dx[STEPS];
    const Device *device;
    for (int i = 0; (device = next_device(&i, "saturated sigmoid"));) {
        run_steps(device, op_sigmoid, y, dx);
        for (int j = 0; j < STEPS; j++) {
            const double expected = 1 / (1 + exp(-(double)(real)steps[j]));
            CHECK(fabs((double)y[j] - expected) <= 8 * REAL_EPSILON * expected + (double)FLT_MIN);
            CHECK(fabs((double)dx[j] - expected * (1 - expected)) <=
                  8 * REAL_EPSILON * expected + (double)FLT_MIN);
        }
        CHECK(y[0] == 0 && y[STEPS / 2] == (real)0.5 && y[STEPS - 1] == 1);
        CHECK(dx[0] == 0 && dx[STEPS / 2] == (real)0.25 && dx[STEPS - 1] == 0);
    }
}

TEST(hyperbolic_tangent_saturates) {
    real y[STEPS], dx[STEPS];
    const Device *device;
    for (int i = 0; (device = next_device(&i, "saturated tanh"));) {
        run_steps(device, op_hyperbolic_tangent, y, dx);
        for (int j = 0; j < STEPS; j++) {
            const double expected = steps[j] == 0 ? 0 : steps[j] > 0 ? 1 : -1;
            CHECK(fabs((double)y[j] - expected) <= 2 * REAL_EPSILON);
            CHECK(fabs((double)dx[j] - (1 - fabs(expected))) <= 4 * REAL_EPSILON);
        }
    }
}

/* ---- Rows ---- */

/* Channels of a row taken alone, of one that several rows share a block with, and more than a block
 * takes at once. */
static const int widths[] = { 2, 5, 16, 17, 40 };
enum { WIDTHS = sizeof widths / sizeof *widths, ROWS = 6 };

/* Far below 0, far above, and both in one row; the last row lies near 0. */
static const double base[ROWS] = { -1e4, 1e4, -1e30, 1e30, -3e3, 0 };

static double logit(int row, int k) {
    const double step = row == 4 ? 1500 : fabs(base[row]) > 1e20 ? 0 : 1;
    return (double)(real)(base[row] + step * (k % 4));
}

/* The softmax of a row, and -log of the part of one of its channels. */
static double expect_softmax(int row, int n, int channel, double *p) {
    double largest = logit(row, 0), total = 0;
    for (int k = 1; k < n; k++) largest = fmax(largest, logit(row, k));
    for (int k = 0; k < n; k++) total += p[k] = exp(logit(row, k) - largest);
    for (int k = 0; k < n; k++) p[k] /= total;
    return largest - logit(row, channel) + log(total);
}

static void fill_logits(int n, real *x) {
    for (int i = 0; i < ROWS * n; i++) x[i] = (real)logit(i / n, i % n);
}

TEST(softmax_of_rows_far_from_zero) {
    real x[MOST], y[MOST], dx[MOST];
    const Device *device;
    for (int i = 0; (device = next_device(&i, "softmax far from zero"));)
        for (int w = 0; w < WIDTHS; w++) {
            const int n = widths[w];
            double p[MOST];
            fill_logits(n, x);
            Graph *graph = graph_create(device, true);
            Node *node = leaf(graph, shape_2(ROWS, n), x);
            run(op_softmax(node), node, y, dx);
            for (int j = 0; j < ROWS * n; j++) {
                if (j % n == 0) expect_softmax(j / n, n, 0, p);
                CHECK(fabs((double)y[j] - p[j % n]) <= 64 * REAL_EPSILON);
                CHECK(fabs((double)dx[j]) <= 64 * REAL_EPSILON); /* the rows' sums are constant */
            }
            graph_destroy(graph);
        }
}

/* Of one row at a time: beside a loss of 1e4 another row's could not be seen. */
static void check_cross_entropy(const Device *device, int row, int n, int label) {
    real x[MOST], y[1], dx[MOST];
    const real labels[1] = { (real)label };
    double p[MOST];
    for (int k = 0; k < n; k++) x[k] = (real)logit(row, k);
    const double loss = expect_softmax(row, n, label, p);
    Graph *graph = graph_create(device, true);
    Node *node = leaf(graph, shape_2(1, n), x);
    run(op_softmax_cross_entropy(node, leaf(graph, shape_1(1), labels), NULL, 255), node, y, dx);
    CHECK(fabs((double)y[0] - loss) <= 64 * REAL_EPSILON * fmax(1, loss));
    for (int k = 0; k < n; k++)
        CHECK(fabs((double)dx[k] - (p[k] - (k == label))) <= 64 * REAL_EPSILON);
    graph_destroy(graph);
}

TEST(softmax_cross_entropy_of_rows_far_from_zero) {
    const Device *device;
    for (int i = 0; (device = next_device(&i, "cross-entropy far from zero"));)
        for (int w = 0; w < WIDTHS; w++)
            for (int row = 0; row < ROWS; row++)
                for (int label = 0; label < 2; label++)
                    check_cross_entropy(device, row, widths[w], label);
}

/* A teacher and a student who are both sure, of different classes: the divergence is what lies
 * between the student's logits. */
TEST(kl_divergence_of_rows_far_from_zero) {
    const real student[3] = { -2000, -3000, -5000 }, teacher[3] = { -9000, -8000, -9500 };
    real y[1], dx[3];
    const Device *device;
    for (int i = 0; (device = next_device(&i, "divergence far from zero"));) {
        Graph *graph = graph_create(device, true);
        Node *node = leaf(graph, shape_2(1, 3), student);
        run(op_kl_divergence(node, leaf(graph, shape_2(1, 3), teacher), 2), node, y, dx);
        CHECK_NEAR((double)y[0], 4 * 500, 8 * REAL_EPSILON); /* T^2 (log q - log p) = 4 * 1000/2 */
        CHECK(dx[0] == 2 && dx[1] == -2 && dx[2] == 0);      /* T (p - q) */
        graph_destroy(graph);
    }
}

/* p is 0 or 1 throughout: overlap by counting, and no way down. */
TEST(soft_dice_of_rows_far_from_zero) {
    const real logits[8] = { -5000, -9000, -9000, -5000, 9000, 5000, -1e30f, 1e30f };
    const real labels[4] = { 0, 1, 1, 1 };
    /* Class 0: I 1, S 2 + 1; class 1: I 2, S 2 + 3. */
    const double expected = (1 - 3.0 / 4) / 2 + (1 - 5.0 / 6) / 2;
    real y[1], dx[8];
    const Device *device;
    for (int i = 0; (device = next_device(&i, "dice far from zero"));) {
        Graph *graph = graph_create(device, true);
        Node *node = leaf(graph, shape_2(4, 2), logits);
        run(segmentation_loss_part(
                op_segmentation_loss(node, leaf(graph, shape_1(4), labels), NULL, 255),
                LOSS_SOFT_DICE),
            node, y, dx);
        CHECK_NEAR((double)y[0], expected, 8 * REAL_EPSILON);
        for (int j = 0; j < 8; j++) CHECK(dx[j] == 0);
        graph_destroy(graph);
    }
}
