/* winograd_transform.h - the small matrices of Winograd's convolution F(4x4, 3x3).
 *
 * Four outputs y of a line, y[i] = sum of d[i + t] g[t] over three taps, need 6 products instead of
 * 12 (Winograd, "Arithmetic Complexity of Computations", 1980; for images Lavin and Gray, "Fast
 * Algorithms for Convolutional Neural Networks", CVPR 2016):
 *
 *     y = A^T [ (G g) . (B^T d) ],      in two dimensions      Y = A^T [ (G g G^T) . (B^T d B) ] A.
 *
 * The transposed problem is the product of two polynomials of degrees 2 and 3: evaluate both at
 * five points p and at infinity, multiply, interpolate (Toom and Cook). With M(x) the product of
 * (x - p) over all points,
 *
 *     A^T  row i: p^i for each point p; infinity: 1 in the last row alone
 *     G    row p: (1, p, p^2) / product of (p - q) over the other points q; infinity: (0, 0, 1)
 *     B^T  row p: the coefficients of M(x) / (x - p), from that of x^0 on; infinity: of M(x)
 *
 * The points are 0, +-a, +-b. With a = 3/4, b = 3/2 they lie on both sides of 1, so the powers in A
 * and the coefficients in B stay small: the largest error against a sum in double, relative to the
 * sum of |d g| over the window, was 3.8 roundings for 64 channels of uniform numbers, against 13.3
 * with the usual 0, +-1, +-2 and 1.9 for the sum in the direct form. Every constant of A and B is
 * exact in binary.
 *
 * The gradient of the filters is the adjoint: dg = G^T [ (A dY A^T) . (B^T d B) ] G.
 *
 * Each function of vectors is one matrix times one line of them; transform_square applies one to
 * the columns and then to the rows of a square.
 */
#ifndef TENSOR_WINOGRAD_TRANSFORM_H
#define TENSOR_WINOGRAD_TRANSFORM_H

#include "tensor/kernels/gemm_tile.h"

enum {
    WINOGRAD_TAPS = 3,
    WINOGRAD_OUTPUTS = 4,                                  /* in each dimension of a tile */
    WINOGRAD_WINDOW = 6,                                   /* the pixels they see */
    WINOGRAD_POSITIONS = WINOGRAD_WINDOW * WINOGRAD_WINDOW /* products per tile */
};

#define WINOGRAD_INLINE static inline __attribute__((always_inline))

static const real winograd_a = (real)0.75, winograd_a2 = (real)0.5625, winograd_a3 = (real)0.421875;
static const real winograd_b = (real)1.5, winograd_b2 = (real)2.25, winograd_b3 = (real)3.375;

/* 1 / product of (p - q): at 0, a^2 b^2; at +-a, 2 a^2 (a^2 - b^2); at +-b, 2 b^2 (b^2 - a^2). */
static const real winograd_n0 = (real)(1 / 1.265625), winograd_na = (real)(-1 / 1.8984375),
                  winograd_nb = (real)(1 / 7.59375);

/* The scale of a row of G. */
WINOGRAD_INLINE real winograd_scale(const int row) {
    return row == 0 ? winograd_n0 : row < 3 ? winograd_na : row < 5 ? winograd_nb : 1;
}

/* B^T: 6 pixels d to 6 values v.
 *     0:        a2 b2  0      -(a2+b2)  0         1  0
 *     +-a:      0     -+a b2  -b2       +-a       1  0
 *     +-b:      0     -+b a2  -a2       +-b       1  0
 *     infinity: 0      a2 b2   0        -(a2+b2)  0  1  */
WINOGRAD_INLINE void winograd_image(const Vector *d, Vector *v) {
    const real a2 = winograd_a2, b2 = winograd_b2;
    const Vector even_a = d[4] - b2 * d[2], odd_a = d[3] - b2 * d[1];
    const Vector even_b = d[4] - a2 * d[2], odd_b = d[3] - a2 * d[1];
    v[0] = d[4] - (a2 + b2) * d[2] + a2 * b2 * d[0];
    v[1] = even_a + winograd_a * odd_a;
    v[2] = even_a - winograd_a * odd_a;
    v[3] = even_b + winograd_b * odd_b;
    v[4] = even_b - winograd_b * odd_b;
    v[5] = d[5] - (a2 + b2) * d[3] + a2 * b2 * d[1];
}

/* G without its scales: the polynomial with coefficients g at the points. */
WINOGRAD_INLINE void winograd_evaluate(const Vector *g, Vector *u) {
    u[0] = g[0];
    u[1] = g[0] + winograd_a * (g[1] + winograd_a * g[2]);
    u[2] = g[0] - winograd_a * (g[1] - winograd_a * g[2]);
    u[3] = g[0] + winograd_b * (g[1] + winograd_b * g[2]);
    u[4] = g[0] - winograd_b * (g[1] - winograd_b * g[2]);
    u[5] = g[2];
}

/* G: 3 taps g to 6 values u. */
WINOGRAD_INLINE void winograd_filter(const Vector *g, Vector *u) {
    winograd_evaluate(g, u);
    UNROLLED
    for (int row = 0; row < WINOGRAD_WINDOW; row++) u[row] *= winograd_scale(row);
}

/* A^T: 6 products m to 4 outputs y. */
WINOGRAD_INLINE void winograd_output(const Vector *m, Vector *y) {
    const Vector sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const Vector sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + sum_a + sum_b;
    y[1] = winograd_a * difference_a + winograd_b * difference_b;
    y[2] = winograd_a2 * sum_a + winograd_b2 * sum_b;
    y[3] = m[5] + winograd_a3 * difference_a + winograd_b3 * difference_b;
}

/* A: the adjoint of winograd_output, 4 gradients of outputs to 6 values. */
WINOGRAD_INLINE void winograd_output_adjoint(const Vector *y, Vector *m) {
    const Vector even_a = y[0] + winograd_a2 * y[2], odd_a = y[1] + winograd_a2 * y[3];
    const Vector even_b = y[0] + winograd_b2 * y[2], odd_b = y[1] + winograd_b2 * y[3];
    m[0] = y[0];
    m[1] = even_a + winograd_a * odd_a;
    m[2] = even_a - winograd_a * odd_a;
    m[3] = even_b + winograd_b * odd_b;
    m[4] = even_b - winograd_b * odd_b;
    m[5] = y[3];
}

/* G^T: the adjoint of winograd_filter, 6 sums of products to the gradients of 3 taps. */
WINOGRAD_INLINE void winograd_filter_adjoint(const Vector *u, Vector *g) {
    const Vector sum_a = winograd_na * (u[1] + u[2]), difference_a = winograd_na * (u[1] - u[2]);
    const Vector sum_b = winograd_nb * (u[3] + u[4]), difference_b = winograd_nb * (u[3] - u[4]);
    g[0] = winograd_n0 * u[0] + sum_a + sum_b;
    g[1] = winograd_a * difference_a + winograd_b * difference_b;
    g[2] = u[5] + winograd_a2 * sum_a + winograd_b2 * sum_b;
}

/* One of the five matrices; loads and stores a square's elements in row order. */
typedef void WinogradLine(const Vector *from, Vector *to);
typedef Vector WinogradLoad(const void *source, int element);
typedef void WinogradStore(const void *sink, int element, Vector value);

/* The line's matrix times the square, times the transposed matrix: size x size to result x result.
 * All arguments except source and sink are constants, so everything is unrolled. */
WINOGRAD_INLINE void transform_square(WinogradLine *line, const int size, const int result,
                                      WinogradLoad *load, const void *source, WinogradStore *store,
                                      const void *sink) {
    Vector half[WINOGRAD_WINDOW][WINOGRAD_WINDOW], from[WINOGRAD_WINDOW], to[WINOGRAD_WINDOW];
    UNROLLED
    for (int x = 0; x < size; x++) {
        UNROLLED
        for (int y = 0; y < size; y++) from[y] = load(source, y * size + x);
        line(from, to);
        UNROLLED
        for (int y = 0; y < result; y++) half[y][x] = to[y];
    }
    UNROLLED
    for (int y = 0; y < result; y++) {
        line(half[y], to);
        UNROLLED
        for (int x = 0; x < result; x++) store(sink, y * result + x, to[x]);
    }
}

#endif
