/* mlp.c - a multi-layer perceptron that separates two intertwined spirals.
 *
 *     ./build.sh run examples/mlp.c        or, once installed,
 *     cc mlp.c $(pkg-config --cflags --libs hadnet) -o mlp && ./mlp
 */
#include "nn/nn.h"

#include <math.h>
#include <stdio.h>

enum { POINTS = 400, HIDDEN = 32, STEPS = 600 };

/* Point i is on spiral i % 2; the second spiral is the first turned by half a circle. */
static void draw_spirals(real *points, real *labels) {
    Random random = random_stream(1, 0, 0, 0);
    for (int i = 0; i < POINTS; i++) {
        const double radius = 0.1 + 0.9 * i / POINTS, angle = 10 * radius + acos(-1) * (i % 2);
        points[2 * i] = (real)(radius * cos(angle) + 0.01 * random_normal(&random));
        points[2 * i + 1] = (real)(radius * sin(angle) + 0.01 * random_normal(&random));
        labels[i] = (real)(i % 2);
    }
}

static double accuracy(const real *logits, const real *labels) {
    int right = 0;
    for (int i = 0; i < POINTS; i++)
        right += (logits[2 * i + 1] > logits[2 * i]) == (labels[i] > 0);
    return (double)right / POINTS;
}

int main(void) {
    static real points[POINTS * 2], labels[POINTS], answers[POINTS * 2];
    Error error;

    /* Parameters, with their first values: 2 numbers in, two hidden layers, a logit per spiral. */
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const LinearLayer first = layer_linear_create(set, "first", 2, HIDDEN, true);
    const LinearLayer second = layer_linear_create(set, "second", HIDDEN, HIDDEN, true);
    const LinearLayer last = layer_linear_create(set, "last", HIDDEN, 2, true);

    /* The graph, defined once. Nothing is computed yet. */
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "points", shape_2(POINTS, 2));
    Node *y = graph_input(graph, "labels", shape_1(POINTS));
    Node *h = op_hyperbolic_tangent(layer_linear_apply(graph, &first, x));
    h = op_hyperbolic_tangent(layer_linear_apply(graph, &second, h));
    Node *logits = layer_linear_apply(graph, &last, h);
    Node *loss = op_softmax_cross_entropy(logits, y, NULL, -1);
    graph_set_loss(graph, loss);
    graph_keep(logits);

    const RuleTable adam = rule_table(&rule_adam);
    Optimiser *optimiser = optimiser_create(set, &adam, NULL, &error);
    if (!optimiser) return puts(error.text), 1;

    /* And run many times: forward, backward, optimiser step. */
    draw_spirals(points, labels);
    tensor_upload(&x->value, points);
    tensor_upload(&y->value, labels);
    for (int step = 1; step <= STEPS; step++) {
        if (!graph_forward(graph, &error) || !graph_backward(graph, &error) ||
            !optimiser_step(optimiser, 0.01, &error))
            return puts(error.text), 1;
        real value;
        tensor_download(&loss->value, &value);
        if (step % 100 == 0) printf("step %4d  loss %.4f\n", step, (double)value);
    }

    if (!graph_forward(graph, &error)) return puts(error.text), 1;
    tensor_download(&logits->value, answers);
    const double share = accuracy(answers, labels);
    printf("%.1f%% of the points are on their spiral, at least 99%% expected\n", 100 * share);
    optimiser_destroy(optimiser);
    graph_destroy(graph);
    parameter_set_destroy(set);
    return share >= 0.99 ? 0 : 1;
}
