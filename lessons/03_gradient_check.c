/* 03_gradient_check.c - a gradient check that can fail, and five that cannot.
 *
 *     ./build.sh run lessons/03_gradient_check.c
 *
 * The function is y_i = x_i s(w x_i), s(t) = 1/(1 + e^-t), of a row x and a number w, and F = sum v_i y_i.
 * Five gradients with one mistake each go through six checks. The page beside this file explains both.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { N = 5, MISTAKES = 6, CHECKS = 6 };

typedef struct Point {
    double x[N], w;
} Point;

static const double v[N] = { 0.7, -1.3, 0.9, 1.1, -0.4 };
static const Point usual = { { 0.5, -1.5, 0, 2, -20 }, 0.8 };

static double sigmoid(double t) {
    return 1 / (1 + exp(-t));
}

static double value(const Point *at) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += v[i] * at->x[i] * sigmoid(at->w * at->x[i]);
    return sum;
}

static float value_in_float(const Point *at) {
    float sum = 0;
    for (int i = 0; i < N; i++) {
        const float x = (float)at->x[i], t = (float)at->w * x;
        sum += (float)v[i] * x / (1 + expf(-t));
    }
    return sum;
}

/* ---- Gradients: the right one, and one with each mistake ---- */

static const char *const mistakes[MISTAKES] = { "none",
                                                "dw has the wrong sign",
                                                "dw leaves the last element out",
                                                "dx is 0.1% too large",
                                                "dx is y/x + ..., NaN at x = 0",
                                                "dx at x = -20 is twice too large" };

/* dx_i = v_i (s + w x_i s (1 - s)),    dw = sum v_i x_i^2 s (1 - s). */
static Point gradient(const Point *at, int mistake) {
    Point g = { .w = 0 };
    for (int i = 0; i < N; i++) {
        const double x = at->x[i], s = sigmoid(at->w * x), slope = s * (1 - s);
        const double first = mistake == 4 ? x * s / x : s;
        g.x[i] = v[i] * (first + at->w * x * slope);
        if (mistake == 3) g.x[i] *= 1.001;
        if (mistake == 5 && x == -20) g.x[i] *= 2;
        if (mistake != 2 || i < N - 1) g.w += v[i] * x * x * slope;
    }
    if (mistake == 1) g.w = -g.w;
    return g;
}

/* ---- Differences ---- */

/* Element k of a point: x_0 .. x_4, then w. */
static double *element(Point *point, int k) {
    return k < N ? &point->x[k] : &point->w;
}

static double difference(const Point *at, int k, double h) {
    Point above = *at, below = *at;
    *element(&above, k) += h;
    *element(&below, k) -= h;
    return (value(&above) - value(&below)) / (2 * h);
}

static double difference_in_float(const Point *at, int k, double h) {
    Point above = *at, below = *at;
    *element(&above, k) += h;
    *element(&below, k) -= h;
    return ((double)value_in_float(&above) - (double)value_in_float(&below)) / (2 * h);
}

/* ---- The six checks of one slope g against a difference d: whether it passes ---- */

static const char *const checks[CHECKS] = { "float",   "absolute", "NaN passes",
                                            "x alone", "scale 1",  "can fail" };

/* Allowed is a millionth of the slope itself, and what rounding of F, of size 1, does to d. */
static bool passes(int check, const Point *at, const Point *g, int k) {
    const double found = *element((Point *)g, k), d = difference(at, k, 1e-5);
    const double rounding = 1e-15 / 1e-5, allowed = 1e-6 * fabs(d) + rounding;
    switch (check) {
    case 0:
        return fabs(found - difference_in_float(at, k, 1e-2)) <= 1e-2;
    case 1:
        return fabs(fabs(found) - fabs(d)) <= allowed;
    case 2:
        return !(fabs(found - d) > allowed);
    case 3:
        return k == N || fabs(found - d) <= allowed;
    case 4:
        return fabs(found - d) <= 1e-6 * fmax(1, fabs(d));
    default:
        return fabs(found - d) <= allowed;
    }
}

static bool notices(int check, const Point *at, int mistake) {
    const Point g = gradient(at, mistake);
    for (int k = 0; k <= N; k++)
        if (!passes(check, at, &g, k)) return true;
    return false;
}

static void print_table(const Point *at) {
    printf("%-34s", "mistake");
    for (int check = 0; check < CHECKS; check++) printf("%11s", checks[check]);
    for (int mistake = 0; mistake < MISTAKES; mistake++) {
        printf("\n%-34s", mistakes[mistake]);
        for (int check = 0; check < CHECKS; check++)
            printf("%11s", notices(check, at, mistake) ? "noticed" : "-");
    }
    printf("\n");
}

/* ---- Answers to the exercises ---- */

static void answer_steps(void) {
    const double steps[] = { 1e-2, 1e-5, 1e-8, 1e-11 };
    const Point g = gradient(&usual, 0);
    double least = INFINITY, best = 0;
    for (int i = 0; i < 4; i++) {
        double worst = 0;
        for (int k = 0; k <= N; k++)
            worst = fmax(worst, fabs(difference(&usual, k, steps[i]) - *element((Point *)&g, k)));
        if (worst < least) least = worst, best = steps[i];
    }
    printf("1. of the steps 1e-2, 1e-5, 1e-8 and 1e-11, %g has the smallest error\n", best);
}

static void answer_zero(void) {
    Point moved = usual;
    moved.x[2] = 0.25;
    printf("2. with x = 0.25 in place of x = 0, the last check %s the division by x\n",
           notices(5, &moved, 4) ? "notices" : "does not notice");
}

static void answer_tiny(void) {
    printf("3. the slope at x = -20 is %.0e, and doubling it adds less than the 1e-6 that check 5 "
           "allows: %s\n",
           gradient(&usual, 0).x[4], fabs(gradient(&usual, 0).x[4]) < 1e-6 ? "yes" : "no");
}

int main(void) {
    print_table(&usual);
    printf("\nanswers\n");
    answer_steps();
    answer_zero();
    answer_tiny();
    for (int mistake = 1; mistake < MISTAKES; mistake++)
        if (!notices(5, &usual, mistake)) return 1;
    return notices(5, &usual, 0);
}
