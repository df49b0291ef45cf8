/* 08_near_the_boundary.c - a gradient near the boundary of the ball: as it is usually computed, with an
 * epsilon, with a clamp, and by a form that keeps its digits.
 *
 *     ./build.sh run lessons/08_near_the_boundary.c
 *
 * f(u) is the distance of exp_0(u) to a fixed point y, c = 1. Printed is its slope along u, the change
 * of f for a longer u, which tends to 2; then its slope by c. All but the reference is in float.
 */
#include <math.h>
#include <stdio.h>

static const float y_length = 0.5f,
                   cosine = 0.3f; /* |y|, and the cosine of the angle between u and y */

/* ---- Through x = exp_0(u) and d = arcosh G, G = 1 + 2 |x-y|^2 / (gap_x gap_y) ---- */

/* epsilon is added to the gap of x, limit is the largest |x|. The chain rule from G to x to |u|:
 *     dd/dG = 1/sqrt(G^2 - 1)
 *     dG/d|x| = 4 (|x| - |y| cos) / (gap_x gap_y) + 4 |x-y|^2 |x| / (gap_x^2 gap_y)
 *     d|x|/d|u| = 1 - |x|^2, and 0 where |x| has been cut to the limit */
static float usual_slope(float depth, float epsilon, float limit) {
    const float point = tanhf(depth), x = point > limit ? limit : point;
    const float y_gap = 1 - y_length * y_length, x_gap = 1 - x * x + epsilon;
    const float square = x * x - 2 * x * y_length * cosine + y_length * y_length;
    const float G = 1 + 2 * square / (x_gap * y_gap);
    const float by_x =
        4 * (x - y_length * cosine) / (x_gap * y_gap) + 4 * square * x / (x_gap * x_gap * y_gap);
    const float by_u = point > limit ? 0 : 1 - x * x;
    return by_x * by_u / sqrtf(G * G - 1);
}

/* ---- By the triangle 0, x, y, whose sides are r = 2|u|, s = 2 artanh|y| and d ---- */

/* cosh d = cosh r cosh s - sinh r sinh s cos, so d' = (sinh r cosh s - cosh r sinh s cos) / sinh d.
 * Divided by cosh r cosh s nothing is large, and no gap is a difference. */
static float kept_slope(float depth) {
    const float r = 2 * depth, s = 2 * atanhf(y_length);
    const float near = 1 / (coshf(r) * coshf(s)), k = tanhf(s) * cosine;
    const float scaled = 1 - tanhf(r) * k; /* cosh d over cosh r cosh s */
    return 2 * (tanhf(r) - k) / sqrtf((scaled - near) * (scaled + near));
}

static double right_slope(double depth) {
    const double r = 2 * depth, s = 2 * atanh((double)y_length), c = (double)cosine;
    const double cosh_d = cosh(r) * cosh(s) - sinh(r) * sinh(s) * c;
    return 2 * (sinh(r) * cosh(s) - cosh(r) * sinh(s) * c) / sqrt(cosh_d * cosh_d - 1);
}

/* ---- The slope by the curvature c, at c = 1, of f = d(exp_0(u), exp_0(v)) with u and v held ---- */

/* With a = sc|x|, b = sc|y|, G = 1 + 2 (a^2 - 2 a b cos + b^2) / ((1-a^2)(1-b^2)), d = arcosh(G)/sc:
 *     da/dc = (1 - a^2) sc|u| / 2c, and 0 where a has been cut to the limit; db/dc likewise
 *     dd/dc = dG/dc / (sc sqrt(G^2 - 1)) - d/2c */
static float usual_slope_by_c(float depth, float epsilon, float limit) {
    const float point = tanhf(depth), a = point > limit ? limit : point, b = y_length;
    const float a_gap = 1 - a * a + epsilon, b_gap = 1 - b * b;
    const float square = a * a - 2 * a * b * cosine + b * b;
    const float G = 1 + 2 * square / (a_gap * b_gap);
    const float by_a =
        4 * (a - b * cosine) / (a_gap * b_gap) + 4 * square * a / (a_gap * a_gap * b_gap);
    const float by_b =
        4 * (b - a * cosine) / (a_gap * b_gap) + 4 * square * b / (a_gap * b_gap * b_gap);
    const float a_by_c = point > limit ? 0 : (1 - a * a) * depth / 2;
    const float b_by_c = b_gap * atanhf(b) / 2;
    return (by_a * a_by_c + by_b * b_by_c) / sqrtf(G * G - 1) - acoshf(G) / 2;
}

/* By the triangle, whose sides sc d, r and s all are proportional to sc at first: D = sc d has
 * dD/dc = (r dD/dr + s dD/ds) / 2c. */
static float kept_slope_by_c(float depth) {
    const float r = 2 * depth, s = 2 * atanhf(y_length);
    const float near = 1 / (coshf(r) * coshf(s)), scaled = 1 - tanhf(r) * tanhf(s) * cosine;
    const float root = sqrtf((scaled - near) * (scaled + near));
    const float by_r = (tanhf(r) - tanhf(s) * cosine) / root;
    const float by_s = (tanhf(s) - tanhf(r) * cosine) / root;
    return (r * by_r + s * by_s - acoshf(scaled / near)) / 2;
}

/* The distance for any c, and its slope by c as a difference. */
static double right_distance(double depth, double c) {
    const double r = 2 * sqrt(c) * depth, s = 2 * sqrt(c) * atanh((double)y_length);
    return acosh(cosh(r) * cosh(s) - sinh(r) * sinh(s) * (double)cosine) / sqrt(c);
}

static double right_slope_by_c(double depth) {
    return (right_distance(depth, 1 + 1e-5) - right_distance(depth, 1 - 1e-5)) / 2e-5;
}

static void print_number(float value, int digits) {
    if (isnan(value))
        printf("%12s", "no number");
    else
        printf("%12.*f", digits, (double)value);
}

static void print_table(void) {
    static const float depths[] = { 1, 2, 4, 6, 8, 10, 20 };
    printf("depth   right     as usual   + epsilon     clamped        kept\n");
    for (int i = 0; i < 7; i++) {
        const float depth = depths[i];
        printf("%5g   %5.1f ", (double)depth, right_slope((double)depth));
        print_number(usual_slope(depth, 0, 1), 1);
        print_number(usual_slope(depth, 1e-5f, 1), 1);
        print_number(usual_slope(depth, 0, 1 - 1e-3f), 1);
        print_number(kept_slope(depth), 1);
        printf("\n");
    }
}

static void print_table_by_c(void) {
    static const float depths[] = { 1, 2, 4, 6, 8, 10, 20 };
    printf("\ndepth   right     as usual   + epsilon     clamped     clipped        kept\n");
    for (int i = 0; i < 7; i++) {
        const float depth = depths[i];
        printf("%5g   %5.2f ", (double)depth, right_slope_by_c((double)depth));
        print_number(usual_slope_by_c(depth, 0, 1), 2);
        print_number(usual_slope_by_c(depth, 1e-5f, 1), 2);
        print_number(usual_slope_by_c(depth, 0, 1 - 1e-3f), 2);
        print_number(kept_slope_by_c(fminf(depth, 2)), 2);
        print_number(kept_slope_by_c(depth), 2);
        printf("\n");
    }
}

/* ---- Answers to the exercises ---- */

/* v = u min(1, r/|u|): along u nothing is left of a gradient, across u r/|u| of it. */
static void answer_clip(void) {
    const double u = 6, r = 2, step = 1e-6;
    const double longer = fmin(u + step, r) - fmin(u, r); /* the change of |v| */
    const double turned = sin(step) * fmin(u, r) / (sin(step) * u);
    printf(
        "1. of a feature of length 6 clipped at 2, a gradient keeps %.0f along and %.2f across\n",
        longer / step, turned);
}

/* One step of gradient descent on f, of rate 0.1, from depth 6. */
static void answer_step(void) {
    printf("2. a step of 0.1 moves |u| by %.1f, with the epsilon by %.2f, with the clamp by %.1f\n",
           (double)(0.1f * kept_slope(6)), (double)(0.1f * usual_slope(6, 1e-5f, 1)),
           (double)(0.1f * usual_slope(6, 0, 1 - 1e-3f)));
}

/* The same step on c = 1. */
static void answer_step_by_c(void) {
    printf("3. the same step changes c by %.2f, with the clamp by %+.2f, with clipping by %.2f\n",
           (double)(-0.1f * kept_slope_by_c(6)),
           (double)(-0.1f * usual_slope_by_c(6, 0, 1 - 1e-3f)),
           (double)(-0.1f * kept_slope_by_c(2)));
}

int main(void) {
    print_table();
    print_table_by_c();
    printf("\nanswers\n");
    answer_clip();
    answer_step();
    answer_step_by_c();
    for (int depth = 1; depth <= 20; depth++)
        if (!(fabs((double)kept_slope((float)depth) - right_slope(depth)) < 1e-3) ||
            !(fabs((double)kept_slope_by_c((float)depth) - right_slope_by_c(depth)) < 1e-3))
            return 1;
    return 0;
}
