/* 07_ball.c - the Poincare ball: addition, exp and log, and why the gap 1 - c|x|^2 is the quantity.
 *
 *     ./build.sh run lessons/07_ball.c
 *
 * The formulas stand here as the page has them, in double with c = 1; the library's own, in float and
 * double with any c, are in hyp/ball.h.
 */
#include <math.h>
#include <stdio.h>

enum { D = 3, STEPS = 1000 };

static double dot(const double *x, const double *y) {
    double sum = 0;
    for (int i = 0; i < D; i++) sum += x[i] * y[i];
    return sum;
}

static double length(const double *x) {
    return sqrt(dot(x, x));
}

static double gap(const double *x) {
    return 1 - dot(x, x);
}

/* The denominator of x (+) y. */
static double denominator(const double *x, const double *y) {
    return 1 + 2 * dot(x, y) + dot(x, x) * dot(y, y);
}

static void add(const double *x, const double *y, double *sum) {
    const double of_x = 1 + 2 * dot(x, y) + dot(y, y), of_y = gap(x), below = denominator(x, y);
    for (int i = 0; i < D; i++) sum[i] = (of_x * x[i] + of_y * y[i]) / below;
}

static void negative(const double *x, double *minus) {
    for (int i = 0; i < D; i++) minus[i] = -x[i];
}

static double apart(const double *x, const double *y) {
    double square = 0;
    for (int i = 0; i < D; i++) square += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(square);
}

static double distance(const double *x, const double *y) {
    return 2 * asinh(apart(x, y) / sqrt(gap(x) * gap(y)));
}

static const char *yes(int truth) {
    return truth ? "yes" : "no";
}

/* ---- Addition ---- */

static void print_addition(void) {
    const double x[D] = { 0.3, -0.4, 0.2 }, y[D] = { -0.1, 0.5, 0.6 }, z[D] = { 0.2, 0.1, -0.3 };
    double xy[D], yx[D], back[D], minus[D], xy_z[D], yz[D], x_yz[D];
    add(x, y, xy), add(y, x, yx);
    negative(x, minus);
    add(minus, xy, back);
    add(xy, z, xy_z), add(y, z, yz), add(x, yz, x_yz);
    printf("(-x) (+) (x (+) y) is y:                             %s\n",
           yes(apart(back, y) < 1e-14));
    printf("x (+) y is y (+) x:                                  %s\n", yes(apart(xy, yx) < 1e-3));
    printf("they are as long:                                    %s\n",
           yes(fabs(length(xy) - length(yx)) < 1e-14));
    printf("(x (+) y) (+) z is x (+) (y (+) z):                  %s\n",
           yes(apart(xy_z, x_yz) < 1e-3));
    add(minus, y, back);
    printf("the distance of x and y is that of 0 and (-x) (+) y: %s\n",
           yes(fabs(distance(x, y) - 2 * atanh(length(back))) < 1e-13));
    printf("gap of x (+) y is gap x gap y / denominator:         %s\n",
           yes(fabs(gap(xy) - gap(x) * gap(y) / denominator(x, y)) < 1e-14));
}

/* ---- The gap ---- */

/* How many floats there are for a thousand points from depth to depth + 0.1 along one ray. */
static int distinct_points(double depth) {
    float last = 0;
    int count = 0;
    for (int i = 0; i < STEPS; i++) {
        const float x = (float)tanh(depth + 0.1 * i / STEPS);
        count += x != last;
        last = x;
    }
    return count;
}

static int distinct_gaps(double depth) {
    float last = 0;
    int count = 0;
    for (int i = 0; i < STEPS; i++) {
        const double z = depth + 0.1 * i / STEPS;
        const float g = (float)(1 / (cosh(z) * cosh(z))); /* 1 - tanh^2 */
        count += g != last;
        last = g;
    }
    return count;
}

static void print_gaps(void) {
    static const double depths[] = { 1, 4, 6, 7, 10 };
    printf("\ndepth   points as floats   gaps as floats\n");
    for (int i = 0; i < 5; i++)
        printf("%5g   %16d   %14d\n", depths[i], distinct_points(depths[i]),
               distinct_gaps(depths[i]));
}

/* ---- Answers to the exercises ---- */

static void answer_boundary(void) {
    const double near[D] = { 1 - 1e-3, 0, 0 }, far[D] = { 1 - 1e-6, 0, 0 }, zero[D] = { 0 };
    printf("1. from 1 - 1e-3 to 1 - 1e-6 the distance to the origin grows by log 1000 to a "
           "thousandth: "
           "%s\n",
           yes(fabs(distance(zero, far) - distance(zero, near) - log(1000)) < 1e-3));
}

static void answer_triangle(void) {
    const double a[D] = { 0.999, 0, 0 }, b[D] = { 0, 0.999, 0 }, zero[D] = { 0 };
    const double around = distance(a, zero) + distance(zero, b);
    printf("2. the straight way from a to b is more than 9/10 of the way through the origin: %s\n",
           yes(distance(a, b) > 0.9 * around));
}

int main(void) {
    print_addition();
    print_gaps();
    printf("\nanswers\n");
    answer_boundary();
    answer_triangle();
    return 0;
}
