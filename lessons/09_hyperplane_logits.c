/* 09_hyperplane_logits.c - a hyperplane's distances as two products, and what the plain form loses.
 *
 *     ./build.sh run lessons/09_hyperplane_logits.c
 *
 * Both forms of s = sinh(sqrt(c) d) stand here as the page derives them, in float and in double, and are
 * compared over random hyperplanes and features. The library's own is hyp/hyperplane/hyperplane.h.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { D = 8, SAMPLES = 2000 };

typedef struct Sample {
    double c;
    double u[D], p[D], n[D]; /* the feature, the hyperplane's point, its unit normal */
} Sample;

/* ---- Random samples ---- */

static uint64_t state = 1;

/* Between -1 and 1 (Vigna's splitmix64). */
static double next_random(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)(z >> 11) * 0x1p-52 - 1;
}

static double dot(const double *a, const double *b) {
    double sum = 0;
    for (int i = 0; i < D; i++) sum += a[i] * b[i];
    return sum;
}

static void draw(double *row, double length) {
    for (int i = 0; i < D; i++) row[i] = next_random();
    const double norm = sqrt(dot(row, row));
    for (int i = 0; i < D; i++) row[i] *= length / norm;
}

/* sqrt(c)|u| = depth, sqrt(c)|p| = 0.5. */
static Sample sample_at(double depth, double c) {
    Sample sample = { .c = c };
    draw(sample.u, depth / sqrt(c));
    draw(sample.p, 0.5 / sqrt(c));
    draw(sample.n, 1);
    return sample;
}

/* ---- The plain form: x = exp_0(u), m = (-p) (+) x, s = 2 sc [m,n] / (1 - c|m|^2) ---- */

static double plain(const Sample *at) {
    const double c = at->c;
    const double z = sqrt(c * dot(at->u, at->u));
    double x[D], m[D];
    for (int i = 0; i < D; i++) x[i] = tanh(z) / z * at->u[i];
    const double px = dot(at->p, x), pp = dot(at->p, at->p), xx = dot(x, x);
    const double below = 1 - 2 * c * px + c * c * pp * xx;
    for (int i = 0; i < D; i++)
        m[i] = (-(1 - 2 * c * px + c * xx) * at->p[i] + (1 - c * pp) * x[i]) / below;
    return 2 * sqrt(c) * dot(m, at->n) / (1 - c * dot(m, m));
}

static float dot_in_float(const float *a, const float *b) {
    float sum = 0;
    for (int i = 0; i < D; i++) sum += a[i] * b[i];
    return sum;
}

static void to_float(const double *from, float *to) {
    for (int i = 0; i < D; i++) to[i] = (float)from[i];
}

static double plain_in_float(const Sample *at) {
    const float c = (float)at->c;
    float u[D], p[D], n[D], x[D], m[D];
    to_float(at->u, u), to_float(at->p, p), to_float(at->n, n);
    const float z = sqrtf(c * dot_in_float(u, u));
    for (int i = 0; i < D; i++) x[i] = tanhf(z) / z * u[i];
    const float px = dot_in_float(p, x), pp = dot_in_float(p, p), xx = dot_in_float(x, x);
    const float below = 1 - 2 * c * px + c * c * pp * xx;
    for (int i = 0; i < D; i++)
        m[i] = (-(1 - 2 * c * px + c * xx) * p[i] + (1 - c * pp) * x[i]) / below;
    return (double)(2 * sqrtf(c) * dot_in_float(m, n) / (1 - c * dot_in_float(m, m)));
}

/* ---- Two products: s = sinh(t)/t [u,w] - B cosh t ---- */

static double products(const Sample *at) {
    const double c = at->c, sc = sqrt(c), t = 2 * sc * sqrt(dot(at->u, at->u));
    const double B = 2 * sc * dot(at->p, at->n) / (1 - c * dot(at->p, at->p));
    double w[D]; /* of the hyperplane alone: [u,w] of all pixels and classes is one product */
    for (int i = 0; i < D; i++) w[i] = 2 * sc * at->n[i] + 2 * c * B * at->p[i];
    const double S = t == 0 ? 1 : sinh(t) / t;
    return S * dot(at->u, w) - B * cosh(t);
}

static double products_in_float(const Sample *at) {
    const float c = (float)at->c, sc = sqrtf(c);
    float u[D], p[D], n[D], w[D];
    to_float(at->u, u), to_float(at->p, p), to_float(at->n, n);
    const float t = 2 * sc * sqrtf(dot_in_float(u, u));
    const float B = 2 * sc * dot_in_float(p, n) / (1 - c * dot_in_float(p, p));
    for (int i = 0; i < D; i++) w[i] = 2 * sc * n[i] + 2 * c * B * p[i];
    return (double)(sinhf(t) / t * dot_in_float(u, w) - B * coshf(t));
}

/* ---- The largest error of the distance d = asinh(s)/sc, over the samples of a depth ---- */

typedef double Form(const Sample *at);

static double worst_error(Form *form, double depth) {
    double worst = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const Sample at = sample_at(depth, 0.25);
        const double right = asinh(products(&at)), found = asinh(form(&at));
        const double error = fabs(found - right);
        worst = error <= worst ? worst : error; /* NaN is the worst */
    }
    return worst;
}

static const char *said(double error) {
    return error < 1e-7 ? "< 1e-7" : error < 1e-3 ? "< 1e-3" : error < 0.1 ? "< 0.1" : "> 0.1";
}

static void print_table(void) {
    static const double depths[] = { 0.5, 2, 5, 8 };
    printf("sc|u|   plain, double   plain, float   two products, float\n");
    for (int i = 0; i < 4; i++)
        printf("%5g   %13s   %12s   %19s\n", depths[i], said(worst_error(plain, depths[i])),
               said(worst_error(plain_in_float, depths[i])),
               said(worst_error(products_in_float, depths[i])));
}

/* ---- Answers to the exercises ---- */

static void answer_origin(void) {
    Sample at = sample_at(1, 0.25);
    for (int i = 0; i < D; i++) at.u[i] = 0;
    const double B = 2 * sqrt(at.c) * dot(at.p, at.n) / (1 - at.c * dot(at.p, at.p));
    printf("1. with sinh(t)/t = 1 at t = 0, s is -B at u = 0: %s\n",
           products(&at) == -B ? "yes" : "no");
}

/* lambda_p d against 4 [u - p, n]. */
static void answer_limit(void) {
    Sample at = sample_at(1, 0.25);
    at.c = 1e-8;
    const double d = asinh(products(&at)) / sqrt(at.c), lambda = 2 / (1 - at.c * dot(at.p, at.p));
    const double flat = 4 * (dot(at.u, at.n) - dot(at.p, at.n));
    printf("2. at c = 1e-8 the logit is 4 [u - p, n] to a millionth: %s\n",
           fabs(lambda * d - flat) < 1e-6 * fabs(flat) ? "yes" : "no");
}

/* Doubling u adds about 2 sc|u| to sinh's argument, so d grows by 2|u|: by a length, not by a factor. */
static void answer_squash(void) {
    Sample near = sample_at(6, 0.25), far = near;
    for (int i = 0; i < D; i++) far.u[i] *= 2;
    const double d = fabs(asinh(products(&near))), twice = fabs(asinh(products(&far)));
    printf("3. from sc|u| = 6 to 12 the distance grows by 12 / sc to a hundredth: %s\n",
           fabs(twice - d - 12) < 0.12 ? "yes" : "no");
}

int main(void) {
    print_table();
    printf("\nanswers\n");
    answer_origin();
    answer_limit();
    answer_squash();
    return !(worst_error(products_in_float, 8) < 1e-3 && worst_error(plain_in_float, 8) > 0.1);
}
