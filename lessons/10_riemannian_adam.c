/* 10_riemannian_adam.c - steps on the ball, and a tree that fits the disk and not the plane.
 *
 *     ./build.sh run lessons/10_riemannian_adam.c
 *
 * c = 1 throughout. The page beside this file derives the steps.
 */
#include "hyp/hyp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { D = 64, NODES = 46, STEPS = 1500 };
static const double edge = 1.2; /* the length of an edge of the tree */

static const real zero[D];

static const char *yes(bool holds) {
    return holds ? "yes" : "no";
}

/* The point at distance r from the origin along the first axis. */
static void point_at(double r, real *p) {
    memset(p, 0, D * sizeof *p);
    p[0] = (real)tanh(r / 2);
}

/* ---- The gradient, and its length in the ball ---- */

/* Whether the length in the ball is 1 everywhere. */
static bool print_lengths(void) {
    bool right = true;
    printf("distance r   |gradient of r|   its length in the ball\n");
    for (int r = 1; r <= 5; r += 2) {
        real p[D], g[D] = { 0 };
        point_at(r, p);
        ball_distance_backward(p, zero, D, 1, 1, (Gradient){ .data = g }, (Gradient){ 0 });
        const double gap = (double)ball_gap(p, D, 1), length = (double)row_norm(g, D);
        printf("%10d   %15.1f   %22.3f\n", r, length, gap / 2 * length);
        right &= fabs(gap / 2 * length - 1) < 1e-3;
    }
    return right;
}

/* ---- One step ---- */

static UpdateSettings settings_of(double rate, int step) {
    return (UpdateSettings){ .learning_rate = (real)rate,
                             .beta1 = (real)0.9,
                             .beta2 = (real)0.999,
                             .one_minus_beta1 = (real)0.1,
                             .one_minus_beta2 = (real)0.001,
                             .correction1 = (real)(1 - pow(0.9, step)),
                             .root_correction2 = (real)sqrt(1 - pow(0.999, step)),
                             .epsilon = (real)1e-8,
                             .gradient_scale = 1,
                             .go = 1 };
}

/* Go down r with rate 0.1: in coordinates, and on the ball, where it must bring every point 0.1 nearer. */
static bool print_steps(void) {
    bool right = true;
    printf("\ndistance r   p - 0.1 g is at   exp_p(-0.1 g_r) is at\n");
    for (int r = 1; r <= 5; r += 2) {
        real p[D], g[D] = { 0 }, plain[D];
        const UpdateSettings settings = settings_of(0.1, 1);
        point_at(r, p);
        ball_distance_backward(p, zero, D, 1, 1, (Gradient){ .data = g }, (Gradient){ 0 });
        for (int i = 0; i < D; i++) plain[i] = p[i] - (real)0.1 * g[i];
        riemannian_sgd_update(p, g, D, 1, &settings);
        printf("%10d   ", r);
        if (row_norm(plain, D) < 1)
            printf("%15.2f", (double)ball_distance(plain, zero, D, 1));
        else
            printf("%15s", "no place in it");
        printf("   %21.2f\n", (double)ball_distance(p, zero, D, 1));
        right &= fabs((double)ball_distance(p, zero, D, 1) - (r - 0.1)) < 1e-3;
    }
    return right;
}

/* ---- Adam's first step, of a gradient of 64 equal numbers ---- */

/* Whether Adam moves the row by 8 lr, and Riemannian Adam by lr in the ball. */
static bool print_adam(void) {
    bool right = true;
    printf("\ngradient   Adam moves   Riemannian Adam moves   in the ball\n");
    const double sizes[] = { 1e-3, 1, 1e3 };
    for (int k = 0; k < 3; k++) {
        real p[D] = { 0 }, q[D] = { 0 }, g[D], m[D] = { 0 }, v[D] = { 0 }, of_p[D] = { 0 };
        real v_of_p = 0, next[D];
        const UpdateSettings settings = settings_of(0.01, 1);
        for (int i = 0; i < D; i++) g[i] = (real)sizes[k];
        for (int i = 0; i < D; i++) adam_update(&q[i], g[i], &m[i], &v[i], &settings);
        riemannian_adam_update(p, g, of_p, &v_of_p, D, 1, &settings, next);
        printf("%8g   %10.4f   %21.4f   %11.4f\n", sizes[k], (double)row_norm(q, D),
               (double)row_norm(p, D), (double)ball_distance(p, zero, D, 1));
        right &= fabs((double)row_norm(q, D) - 0.08) < 1e-4 &&
                 fabs((double)ball_distance(p, zero, D, 1) - 0.01) < 1e-4;
    }
    return right;
}

/* ---- A tree of 46 nodes: the root has three children, every other inner node two ---- */

static int parent_of(int node) {
    return node <= 3 ? 0 : (node - 4) / 2 + 1;
}

static int hops(int a, int b) {
    int count = 0;
    for (; a != b; count++) /* the larger number is never nearer to the root */
        if (a > b)
            a = parent_of(a);
        else
            b = parent_of(b);
    return count;
}

/* The middle of the sector that holds the node and its descendants; siblings share their parent's. */
static double angle_of(int node) {
    double width = 2 * acos(-1.0) / 3;
    if (node == 0) return 0;
    if (node <= 3) return node * width;
    for (int up = node; up > 3; up = parent_of(up)) width /= 2;
    return angle_of(parent_of(node)) + (node % 2 ? 0.5 : -0.5) * width;
}

/* With t the length of the way in the tree, the sum over pairs of (d - t)^2 / t^2, and its gradient in the points. */
static double stress(real (*points)[2], real (*gradient)[2], real c) {
    double sum = 0;
    memset(gradient, 0, NODES * sizeof *gradient);
    for (int a = 0; a < NODES; a++)
        for (int b = 0; b < a; b++) {
            const double tree = edge * hops(a, b);
            const double off = (double)ball_distance(points[a], points[b], 2, c) - tree;
            sum += off * off / (tree * tree);
            ball_distance_backward(points[a], points[b], 2, c, (real)(2 * off / (tree * tree)),
                                   (Gradient){ .data = gradient[a], .accumulate = true },
                                   (Gradient){ .data = gradient[b], .accumulate = true });
        }
    return sum;
}

typedef struct Fit {
    double wrong, shortest; /* the mean of |d - t| / t, the smallest d / t */
    int near;               /* nodes whose nearest node is a neighbour in the tree */
} Fit;

static Fit measure(real (*points)[2], real c) {
    Fit fit = { .shortest = INFINITY };
    for (int a = 0; a < NODES; a++) {
        int nearest = -1;
        double least = INFINITY;
        for (int b = 0; b < NODES; b++) {
            if (b == a) continue;
            const double d = (double)ball_distance(points[a], points[b], 2, c);
            const double share = d / (edge * hops(a, b));
            fit.wrong += fabs(share - 1) / (NODES * (NODES - 1));
            fit.shortest = fmin(fit.shortest, share);
            if (d < least) least = d, nearest = b;
        }
        fit.near += hops(a, nearest) == 1;
    }
    return fit;
}

/* Place the nodes so that distances are those of the tree. A curvature of nearly 0 is the plane. */
static Fit embed(real c, double rate) {
    static real points[NODES][2], gradient[NODES][2], m[NODES][2], v[NODES];
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
    for (int i = 0; i < NODES; i++) {
        const double radius = 0.2 * hops(i, 0), angle = angle_of(i);
        points[i][0] = (real)(radius * cos(angle));
        points[i][1] = (real)(radius * sin(angle));
    }
    for (int step = 1; step <= STEPS; step++) {
        const UpdateSettings settings = settings_of(rate * (1 - (step - 1.0) / STEPS), step);
        real next[2];
        stress(points, gradient, c);
        for (int i = 0; i < NODES; i++)
            riemannian_adam_update(points[i], gradient[i], m[i], &v[i], 2, c, &settings, next);
    }
    return measure(points, c);
}

/* ---- Answers to the exercises ---- */

static bool answer_transport(void) {
    real p[D], q[D], v[D] = { 0 }, moved[D];
    point_at(1, p);
    point_at(4, q);
    v[1] = (real)0.3;
    ball_transport(p, q, v, D, 1, moved);
    const double before = (double)(ball_conformal_factor(p, D, 1) * row_norm(v, D));
    const double after = (double)(ball_conformal_factor(q, D, 1) * row_norm(moved, D));
    const double shorter = (double)(row_norm(v, D) / row_norm(moved, D));
    printf("1. transported from r = 1 to r = 4 a vector has its length in the ball: %s\n",
           yes(fabs(after / before - 1) < 1e-3));
    printf("   and %.0f times smaller coordinates\n", shorter);
    return fabs(after / before - 1) < 1e-3;
}

/* 64 coordinates of lr each, against lr/2 for all together. */
static bool answer_rate(void) {
    const double ratio = sqrt(D) / 0.5;
    printf("2. points need a rate %.0f times as large to move as far as weights do at most\n",
           ratio);
    return ratio == 16;
}

int main(void) {
    const bool lengths = print_lengths(), steps = print_steps(), adam = print_adam();
    const Fit plane = embed((real)1e-6, 0.2), disk = embed(1, 0.1);
    printf("\na tree of %d nodes    wrong by   shortest/tree   nearest is a neighbour\n", NODES);
    printf("in the plane         %6.0f%%   %13.1f   %22d\n", 100 * plane.wrong, plane.shortest,
           plane.near);
    printf("in the disk          %6.0f%%   %13.1f   %22d\n", 100 * disk.wrong, disk.shortest,
           disk.near);
    printf("\nanswers\n");
    const bool answers = answer_transport() & answer_rate();
    return lengths && steps && adam && answers && disk.near > plane.near ? 0 : 1;
}
