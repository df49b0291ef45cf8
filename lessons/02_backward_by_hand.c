/* 02_backward_by_hand.c - backward of four layers in loops, held against the library's.
 *
 *     ./build.sh run lessons/02_backward_by_hand.c
 *
 * A network of one image: convolution 3x3, relu, linear for every pixel, softmax with cross-entropy. The
 * page beside this file derives the loops of part two.
 */
#include "autograd/autograd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 5, PIXELS = SIDE * SIDE, IN = 2, HIDDEN = 4, CLASSES = 3, TAPS = 9 };

typedef struct Values {
    real x[PIXELS * IN];                         /* the image, [1,SIDE,SIDE,IN] */
    real filter[HIDDEN * TAPS * IN];             /* [HIDDEN,3,3,IN] */
    real a[PIXELS * HIDDEN], h[PIXELS * HIDDEN]; /* before and after relu */
    real weight[CLASSES * HIDDEN], bias[CLASSES];
    real z[PIXELS * CLASSES], p[PIXELS * CLASSES]; /* logits and probabilities */
} Values;

/* One gradient for each of the above. */
typedef Values Gradients;

/* ---- Forward ---- */

/* Pixel (y, x) of the image moved by tap t of a 3x3 window, or -1 outside. */
static int neighbour(int pixel, int tap) {
    const int y = pixel / SIDE + tap / 3 - 1, x = pixel % SIDE + tap % 3 - 1;
    return y < 0 || x < 0 || y >= SIDE || x >= SIDE ? -1 : y * SIDE + x;
}

static void convolution(const real *x, const real *filter, real *a) {
    for (int q = 0; q < PIXELS; q++)
        for (int o = 0; o < HIDDEN; o++)
            for (int t = 0; t < TAPS; t++)
                for (int i = 0; neighbour(q, t) >= 0 && i < IN; i++)
                    a[q * HIDDEN + o] +=
                        x[neighbour(q, t) * IN + i] * filter[(o * TAPS + t) * IN + i];
}

static double forward(Values *v, const real *labels) {
    double loss = 0;
    convolution(v->x, v->filter, v->a);
    for (int k = 0; k < PIXELS * HIDDEN; k++) v->h[k] = v->a[k] > 0 ? v->a[k] : 0;
    for (int q = 0; q < PIXELS; q++) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++) {
            real *z = &v->z[q * CLASSES + k];
            *z = v->bias[k];
            for (int o = 0; o < HIDDEN; o++) *z += v->h[q * HIDDEN + o] * v->weight[k * HIDDEN + o];
            sum += exp((double)*z);
        }
        for (int k = 0; k < CLASSES; k++)
            v->p[q * CLASSES + k] = (real)(exp((double)v->z[q * CLASSES + k]) / sum);
        loss -= log((double)v->p[q * CLASSES + (int)labels[q]]) / PIXELS;
    }
    return loss;
}

/* ---- Backward: the same lines, last to first ---- */

/* dz = (p - [k = label]) / N. */
static void backward_cross_entropy(const Values *v, const real *labels, Gradients *d) {
    for (int q = 0; q < PIXELS; q++)
        for (int k = 0; k < CLASSES; k++)
            d->z[q * CLASSES + k] = (v->p[q * CLASSES + k] - (k == (int)labels[q])) / PIXELS;
}

/* dh = dz W,  dW = dz^T h,  db = sum of dz. */
static void backward_linear(const Values *v, Gradients *d) {
    for (int q = 0; q < PIXELS; q++)
        for (int k = 0; k < CLASSES; k++) {
            const real dz = d->z[q * CLASSES + k];
            d->bias[k] += dz;
            for (int o = 0; o < HIDDEN; o++) {
                d->h[q * HIDDEN + o] += dz * v->weight[k * HIDDEN + o];
                d->weight[k * HIDDEN + o] += dz * v->h[q * HIDDEN + o];
            }
        }
}

/* da = dh where a > 0. */
static void backward_relu(const Values *v, Gradients *d) {
    for (int k = 0; k < PIXELS * HIDDEN; k++) d->a[k] = v->a[k] > 0 ? d->h[k] : 0;
}

/* Each product of forward, x times a weight, sends da times the other to both. */
static void backward_convolution(const Values *v, Gradients *d) {
    for (int q = 0; q < PIXELS; q++)
        for (int o = 0; o < HIDDEN; o++)
            for (int t = 0; t < TAPS; t++)
                for (int i = 0; neighbour(q, t) >= 0 && i < IN; i++) {
                    const int from = neighbour(q, t) * IN + i, with = (o * TAPS + t) * IN + i;
                    d->x[from] += d->a[q * HIDDEN + o] * v->filter[with];
                    d->filter[with] += d->a[q * HIDDEN + o] * v->x[from];
                }
}

/* ---- The library's ---- */

typedef struct Network {
    Graph *graph;
    Node *x, *filter, *a, *weight, *bias, *labels, *loss;
} Network;

static Node *wanted(Graph *graph, const char *name, Shape shape) {
    Node *node = graph_input(graph, name, shape);
    graph_want_gradient(node);
    return node;
}

static Network network_new(void) {
    Network n = { .graph = graph_create(device_cpu(), true) };
    n.x = wanted(n.graph, "x", shape_4(1, SIDE, SIDE, IN));
    n.filter = wanted(n.graph, "filter", shape_4(HIDDEN, 3, 3, IN));
    n.weight = wanted(n.graph, "weight", shape_2(CLASSES, HIDDEN));
    n.bias = wanted(n.graph, "bias", shape_1(CLASSES));
    n.labels = graph_input(n.graph, "labels", shape_3(1, SIDE, SIDE));
    n.a = op_conv2d(n.x, n.filter, NULL, 1, 1, 1);
    n.loss =
        op_softmax_cross_entropy(op_linear(op_relu(n.a), n.weight, n.bias), n.labels, NULL, -1);
    graph_set_loss(n.graph, n.loss);
    return n;
}

static void network_run(const Network *n, const Values *v, const real *labels) {
    Error error = { "" };
    tensor_upload(&n->x->value, v->x);
    tensor_upload(&n->filter->value, v->filter);
    tensor_upload(&n->weight->value, v->weight);
    tensor_upload(&n->bias->value, v->bias);
    tensor_upload(&n->labels->value, labels);
    if (!graph_forward(n->graph, &error) || !graph_backward(n->graph, &error)) puts(error.text);
}

/* The largest difference over the largest element. */
static double difference(const Node *node, const real *by_hand) {
    real library[PIXELS * HIDDEN * TAPS];
    double most = 0, off = 0;
    tensor_download(&node->gradient, library);
    for (int64_t i = 0; i < shape_elements(&node->shape); i++) {
        most = fmax(most, fabs((double)by_hand[i]));
        off = fmax(off, fabs((double)(library[i] - by_hand[i])));
    }
    return most > 0 ? off / most : INFINITY;
}

static bool compare(const char *name, const Node *node, const real *by_hand) {
    const bool equal = difference(node, by_hand) <= 1e-5;
    printf("%-12s%-14s%10lld   %s\n", name, shape_text(&node->shape).text,
           (long long)shape_elements(&node->shape), equal ? "yes" : "no");
    return equal;
}

/* ---- Answers to the exercises ---- */

static bool answer_rows(const Gradients *d) {
    double most = 0;
    for (int q = 0; q < PIXELS; q++) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++) sum += (double)d->z[q * CLASSES + k];
        most = fmax(most, fabs(sum));
    }
    printf("1. the gradients of a pixel's logits have the sum 0: %s\n", most < 1e-7 ? "yes" : "no");
    return most < 1e-7;
}

/* dx of one output channel is the convolution of da with the filter turned by half a circle. */
static bool answer_turned(const Values *v, const Gradients *d) {
    double off = 0;
    for (int q = 0; q < PIXELS; q++)
        for (int i = 0; i < IN; i++) {
            double sum = 0;
            for (int t = 0; t < TAPS; t++)
                for (int o = 0; neighbour(q, t) >= 0 && o < HIDDEN; o++)
                    sum += (double)d->a[neighbour(q, t) * HIDDEN + o] *
                           (double)v->filter[(o * TAPS + TAPS - 1 - t) * IN + i];
            off = fmax(off, fabs(sum - (double)d->x[q * IN + i]));
        }
    printf("2. dx is a convolution of da with the turned filter: %s\n", off < 1e-6 ? "yes" : "no");
    return off < 1e-6;
}

/* A hidden channel whose a is never positive learns nothing, and sends nothing back. */
static bool answer_dead(const Network *n, Values v, const real *labels) {
    real gradient[HIDDEN * TAPS * IN];
    double most = 0;
    for (int k = 0; k < PIXELS * IN; k++) v.x[k] = (real)fabs((double)v.x[k]);
    for (int k = 0; k < TAPS * IN; k++) v.filter[k] = (real)-0.5;
    network_run(n, &v, labels);
    tensor_download(&n->filter->gradient, gradient);
    for (int k = 0; k < TAPS * IN; k++) most = fmax(most, fabs((double)gradient[k]));
    printf("3. a filter whose outputs are all negative has the gradient %g\n", most);
    return most == 0;
}

static void draw(real *values, int count, double scale, uint64_t stream) {
    Random random = random_stream(2, stream, 0, 0);
    for (int i = 0; i < count; i++) values[i] = (real)(scale * random_normal(&random));
}

int main(void) {
    static Values v;
    static Gradients d;
    real labels[PIXELS];
    draw(v.x, PIXELS * IN, 1, 1);
    draw(v.filter, HIDDEN * TAPS * IN, 0.3, 2);
    draw(v.weight, CLASSES * HIDDEN, 0.5, 3);
    draw(v.bias, CLASSES, 0.1, 4);
    for (int q = 0; q < PIXELS; q++) labels[q] = (real)(q % CLASSES);

    const double loss = forward(&v, labels);
    backward_cross_entropy(&v, labels, &d);
    backward_linear(&v, &d);
    backward_relu(&v, &d);
    backward_convolution(&v, &d);

    const Network n = network_new();
    real of_library;
    network_run(&n, &v, labels);
    tensor_download(&n.loss->value, &of_library);
    printf("loss by hand %.4f, by the library %.4f\n\n", loss, (double)of_library);
    printf("gradient    shape           elements   equal\n");
    bool good = fabs(loss - (double)of_library) < 1e-5;
    good = compare("bias", n.bias, d.bias) && good;
    good = compare("weight", n.weight, d.weight) && good;
    good = compare("filter", n.filter, d.filter) && good;
    good = compare("x", n.x, d.x) && good;
    printf("\nanswers\n");
    good = answer_rows(&d) && good;
    good = answer_turned(&v, &d) && good;
    good = answer_dead(&n, v, labels) && good;
    graph_destroy(n.graph);
    return good ? 0 : 1;
}
