/* poincare_embedding.c - embeds a tree of 300 nodes in the plane and in the Poincare ball (Nickel,
 * Kiela, NeurIPS 2017), and draws the ball to poincare_embedding.png. */
#include "data/data.h"
#include "hyp/hyp.h"
#include <stdio.h>

enum { CHILDREN = 7, NODES = 300, STEPS = 400, SIDE = 900, HALF = SIDE / 2 };
static real points[NODES][2], distances[NODES][NODES];

static bool joined(int u, int v) { /* one is the other's parent; node 0 is the root */
    return u != v && ((u - 1) / CHILDREN == v || (v - 1) / CHILDREN == u);
}

/* The mean precision of ranking a node's neighbours by distance; 1 is best. */
static double mean_average_precision(void) {
    double sum = 0;
    for (int u = 0; u < NODES; u++)
        for (int v = 0; v < NODES; v++) {
            double nodes = 0, right = 0, neighbours = 0;
            for (int w = 0; w < NODES; w++) {
                const bool closer = w != u && distances[u][w] <= distances[u][v];
                nodes += closer, right += closer && joined(u, w), neighbours += joined(u, w);
            }
            if (joined(u, v)) sum += right / nodes / neighbours;
        }
    return sum / NODES;
}

/* Train nodes to find their neighbours by a softmax over -3 distance. c -> 0: the plane. */
static bool embed(const RuleTable *rules, ParameterKind kind, real c, double rate, Error *error) {
    static real ones[NODES], every[2][NODES][2], target[NODES][NODES], itself[NODES][NODES];
    for (int u = 0; u < NODES; u++) {
        ones[u] = every[0][u][0] = every[1][u][1] = 1, itself[u][u] = -1000;
        for (int v = 0; v < NODES; v++) target[u][v] = joined(u, v) ? 0 : -30;
    }
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    Parameter *embedding = parameter_add(set, "points", kind, shape_2(NODES, 2));
    initialise_uniform(embedding, 1, 0.01);
    Graph *graph = graph_create(device_cpu(), true);
    const Shape pairs = shape_2(NODES, NODES), ends = shape_3(NODES, NODES, 2);
    Node *x = graph_parameter(graph, embedding), *flat = op_reshape(x, shape_2(1, 2 * NODES));
    Node *u = op_matmul(x, graph_constant(graph, "every", shape_2(2, 2 * NODES), **every));
    Node *v = op_matmul(graph_constant(graph, "ones", shape_2(NODES, 1), ones), flat);
    Node *distance = op_poincare_distance(op_reshape(u, ends), op_reshape(v, ends), c);
    Node *logits = op_add(op_scale(distance, -3), graph_constant(graph, "itself", pairs, *itself));
    graph_set_loss(graph, op_kl_divergence(logits, graph_constant(graph, "y", pairs, *target), 1));
    graph_keep(distance);
    Optimiser *optimiser = optimiser_create(set, rules, NULL, error);
    bool good = optimiser;
    for (int step = 0; good && step < STEPS; step++)
        good = graph_forward(graph, error) && graph_backward(graph, error) &&
               optimiser_step(optimiser, schedule_cosine(rate, 0, STEPS, step), error);
    if (good) tensor_download(&distance->value, *distances);
    tensor_download(&embedding->value, *points);
    optimiser_destroy(optimiser);
    graph_destroy(graph);
    parameter_set_destroy(set);
    return good;
}

int main(void) {
    Error error = { "" };
    const UpdateRule in_ball = rule_riemannian_adam(&(const real){ 1 });
    const RuleTable rules = { { &rule_adam, NULL, &in_ball } }; /* of weights, biases, points */
    if (!embed(&rules, PARAMETER_WEIGHT, (real)1e-8, 1, &error)) return puts(error.text), 1;
    const double plane = mean_average_precision();
    if (!embed(&rules, PARAMETER_BALL_POINT, 1, 0.3, &error)) return puts(error.text), 1;
    const double ball = mean_average_precision();
    static uint8_t pixels[SIDE][SIDE];
    const Image image = { SIDE, SIDE, 1, *pixels };
    for (int i = 0; i < NODES * SIDE; i++) {
        real at[2]; /* on the edge from a node to its parent */
        const real *node = points[i / SIDE], *parent = points[(i / SIDE - 1) / CHILDREN];
        ball_geodesic(node, parent, (real)(i % SIDE) / SIDE, 2, 1, at);
        pixels[(int)(HALF * (1 + at[1]))][(int)(HALF * (1 + at[0]))] = 255;
    }
    if (!image_write_png("poincare_embedding.png", &image, &error)) return puts(error.text), 1;
    printf("mean average precision %.3f in the plane, %.3f in the ball\n", plane, ball);
    return ball > plane + 0.1 ? 0 : 1;
}
