/* 06_winograd.c - convolutions in Winograd's form, built from points, and what their rounding costs.
 *
 *     ./build.sh run lessons/06_winograd.c
 *
 * F(m, 3) computes m neighbouring outputs of a filter of 3 taps with m + 2 multiplications. The page beside
 * this file derives the three matrices that make_form builds.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TAPS = 3, MOST = 8, FORMS = 3, TILES = 200, CHANNELS = 64 };

static const int sizes[FORMS] = { 2, 4, 6 };
static const double usual[] = { 0, 1, -1, 2, -2, 0.5, -0.5 };
static const double library[] = { 0, 0.75, -0.75, 1.5, -1.5 };

/* y = at [(g w) * (bt d)], elementwise in between: n = m + 2 products, the last of the point infinity. */
typedef struct Form {
    int m, n;
    double at[MOST][MOST], g[MOST][TAPS], bt[MOST][MOST];
} Form;

/* Coefficients of the product of (x - p) over all n - 1 points but `without`, lowest first. */
static void product_of_points(const double *points, int n, int without, double *coefficients) {
    for (int i = 0; i < MOST; i++) coefficients[i] = i == 0;
    for (int j = 0; j < n - 1; j++) {
        if (j == without) continue;
        for (int i = MOST - 1; i >= 0; i--)
            coefficients[i] = (i ? coefficients[i - 1] : 0) - points[j] * coefficients[i];
    }
}

static Form make_form(int m, const double *points) {
    Form form = { .m = m, .n = m + TAPS - 1 };
    for (int j = 0; j < form.n - 1; j++) {
        double scale = 1;
        for (int l = 0; l < form.n - 1; l++) scale *= l == j ? 1 : points[j] - points[l];
        for (int i = 0; i < m; i++) form.at[i][j] = pow(points[j], i);
        for (int k = 0; k < TAPS; k++) form.g[j][k] = pow(points[j], k) / scale + 0.0; /* no -0 */
        product_of_points(points, form.n, j, form.bt[j]);
    }
    form.at[m - 1][form.n - 1] = form.g[form.n - 1][TAPS - 1] = 1;
    product_of_points(points, form.n, -1, form.bt[form.n - 1]);
    return form;
}

/* ---- In one dimension, in double ---- */

static void by_form(const Form *form, const double *d, const double *w, double *y) {
    for (int i = 0; i < form->m; i++) y[i] = 0;
    for (int j = 0; j < form->n; j++) {
        double u = 0, v = 0;
        for (int k = 0; k < TAPS; k++) u += form->g[j][k] * w[k];
        for (int k = 0; k < form->n; k++) v += form->bt[j][k] * d[k];
        for (int i = 0; i < form->m; i++) y[i] += form->at[i][j] * (u * v);
    }
}

/* Numbers in [-1, 1), the same on every machine. */
static double draw(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / (1 << 23) - 1;
}

static double difference_in_double(const Form *form) {
    uint32_t state = 1;
    double off = 0;
    for (int tile = 0; tile < TILES; tile++) {
        double d[MOST], w[TAPS], y[MOST];
        for (int k = 0; k < form->n; k++) d[k] = draw(&state);
        for (int k = 0; k < TAPS; k++) w[k] = draw(&state);
        by_form(form, d, w, y);
        for (int i = 0; i < form->m; i++)
            off = fmax(off, fabs(y[i] - (d[i] * w[0] + d[i + 1] * w[1] + d[i + 2] * w[2])));
    }
    return off;
}

/* ---- In two dimensions, in float, summed over channels ---- */

/* to = matrix from matrix^T: rows x rows from columns x columns. */
static void transform(const double matrix[][MOST], int rows, int columns, float from[MOST][MOST],
                      float to[MOST][MOST]) {
    float half[MOST][MOST];
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++) {
            half[i][k] = 0;
            for (int l = 0; l < columns; l++) half[i][k] += (float)matrix[i][l] * from[l][k];
        }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            to[i][j] = 0;
            for (int k = 0; k < columns; k++) to[i][j] += half[i][k] * (float)matrix[j][k];
        }
}

typedef struct Errors {
    double direct, form; /* root mean squares, of the outputs' own */
} Errors;

/* One tile of outputs; adds to the sums of squares, size being that of the outputs. */
static void add_tile(const Form *form, uint32_t *state, Errors *sums, double *size) {
    static float d[MOST][MOST], w[MOST][MOST], u[MOST][MOST], v[MOST][MOST];
    float products[MOST][MOST] = { { 0 } }, y[MOST][MOST], direct[MOST][MOST] = { { 0 } };
    double exact[MOST][MOST] = { { 0 } }, g[MOST][MOST] = { { 0 } };
    for (int j = 0; j < form->n; j++)
        for (int k = 0; k < TAPS; k++) g[j][k] = form->g[j][k];
    for (int c = 0; c < CHANNELS; c++) {
        for (int i = 0; i < form->n * form->n; i++)
            d[i / form->n][i % form->n] = (float)draw(state);
        for (int i = 0; i < TAPS * TAPS; i++) w[i / TAPS][i % TAPS] = (float)draw(state);
        transform(form->bt, form->n, form->n, d, v);
        transform(g, form->n, TAPS, w, u);
        for (int i = 0; i < form->n; i++)
            for (int j = 0; j < form->n; j++) products[i][j] += u[i][j] * v[i][j];
        for (int i = 0; i < form->m * form->m; i++)
            for (int t = 0; t < TAPS * TAPS; t++) {
                const int y0 = i / form->m, x0 = i % form->m;
                const float input = d[y0 + t / TAPS][x0 + t % TAPS], tap = w[t / TAPS][t % TAPS];
                direct[y0][x0] += input * tap;
                exact[y0][x0] += (double)input * (double)tap;
            }
    }
    transform(form->at, form->m, form->n, products, y);
    for (int i = 0; i < form->m; i++)
        for (int j = 0; j < form->m; j++) {
            const double count = (double)TILES * form->m * form->m;
            sums->direct += pow((double)direct[i][j] - exact[i][j], 2) / count;
            sums->form += pow((double)y[i][j] - exact[i][j], 2) / count;
            *size += pow(exact[i][j], 2) / count;
        }
}

static Errors measure(const Form *form) {
    Errors sums = { 0 };
    double size = 0;
    uint32_t state = 7;
    for (int tile = 0; tile < TILES; tile++) add_tile(form, &state, &sums, &size);
    return (Errors){ sqrt(sums.direct / size), sqrt(sums.form / size) };
}

static void print_form(const Form *form) {
    printf("F(%d,3)\n", form->m);
    for (int j = 0; j < form->n; j++) {
        printf("  u%d =", j);
        for (int k = 0; k < TAPS; k++) printf(" %6.3f", form->g[j][k]);
        printf("    v%d =", j);
        for (int k = 0; k < form->n; k++) printf(" %4.1f", form->bt[j][k]);
        printf("    into y:");
        for (int i = 0; i < form->m; i++) printf(" %2.0f", form->at[i][j]);
        printf("\n");
    }
}

/* ---- Answers to the exercises ---- */

static bool answer_points(double of_usual) {
    const Form form = make_form(4, library);
    const Errors errors = measure(&form);
    printf("1. with 0, +-3/4 and +-3/2 the error of F(4x4) is smaller: %s\n",
           errors.form < of_usual ? "yes" : "no");
    return errors.form < of_usual && difference_in_double(&form) < 1e-13;
}

static bool answer_one(void) {
    const Form form = make_form(1, usual);
    printf("2. F(1,3) takes %d multiplications for one output, as the sum does\n", form.n);
    return form.n == TAPS && difference_in_double(&form) < 1e-14;
}

/* Outputs times taps over (m + 2)^2. */
static bool answer_limit(void) {
    const double at_8 = 9.0 * 64 / 100, at_100 = 9.0 * 1e4 / (102.0 * 102);
    printf("3. F(8x8) saves a factor of %.2f, F(100x100) one of %.2f\n", at_8, at_100);
    return at_100 < 9;
}

int main(void) {
    Form forms[FORMS];
    Errors errors[FORMS];
    bool good = true;
    for (int f = 0; f < FORMS; f++) forms[f] = make_form(sizes[f], usual);
    print_form(&forms[0]);
    printf("\nform     multiplications   direct   fewer by   as the direct one in double\n");
    for (int f = 0; f < FORMS; f++) {
        const int m = sizes[f], n = forms[f].n;
        const bool equal = difference_in_double(&forms[f]) < 1e-13;
        printf("F(%dx%d)   %15d   %6d   %8.2f   %s\n", m, m, n * n, 9 * m * m,
               9.0 * m * m / (n * n), equal ? "yes" : "no");
        good = good && equal;
    }
    printf("\nform     error in float, of the direct one's\n");
    for (int f = 0; f < FORMS; f++) {
        errors[f] = measure(&forms[f]);
        printf("F(%dx%d)   %.0f times\n", sizes[f], sizes[f], errors[f].form / errors[f].direct);
    }
    printf("\nanswers\n");
    good = answer_points(errors[1].form) && answer_one() && answer_limit() && good;
    return good ? 0 : 1;
}
