/* The audit of a user's own formula: right ones pass, usual mistakes are caught, each with a message
 * that names the reason. */
#include "hyp/hyp.h"
#include "tests/test.h"

#include <string.h>

static void reference(const long double *u, int64_t n, long double c, long double *out) {
    long double square = 0;
    for (int64_t i = 0; i < n; i++) square += u[i] * u[i];
    const long double z = sqrt(c * square);
    for (int64_t i = 0; i < n; i++) out[i] = tanh(z) / z * u[i];
}

static void reference_log(const long double *y, int64_t n, long double c, long double *out) {
    long double square = 0;
    for (int64_t i = 0; i < n; i++) square += y[i] * y[i];
    const long double z = sqrt(c * square);
    for (int64_t i = 0; i < n; i++) out[i] = (log1p(z) - log1p(-z)) / (2 * z) * y[i];
}

static void value(const real *u, int64_t n, real c, real *out) {
    ball_exp_map_zero(u, n, c, out);
}

static void right(const real *u, int64_t n, real c, const real *g, Gradient du) {
    ball_exp_map_zero_backward(u, n, c, g, du);
}

static void half(const real *u, int64_t n, real c, const real *g, Gradient du) {
    right(u, n, c, g, du);
    for (int64_t i = 0; i < n; i++) du.data[i] /= 2;
}

static void cut_off(const real *u, int64_t n, real c, const real *g, Gradient du) {
    right(u, n, c, g, du);
    const bool clamped = sqrt(c) * row_norm(u, n) > (real)3.5;
    for (int64_t i = 0; clamped && i < n; i++) du.data[i] = 0;
}

static void across_alone(const real *u, int64_t n, real c, const real *g, Gradient du) {
    right(u, n, c, g, du);
    const real norm = row_norm(u, n), along = row_unit_dot(u, norm, du.data, n);
    for (int64_t i = 0; i < n; i++) du.data[i] = row_across(du.data[i], along, u[i], norm);
}

static void not_a_number(const real *u, int64_t n, real c, const real *g, Gradient du) {
    right(u, n, c, g, du);
    if (sqrt(c) * row_norm(u, n) > (real)9.5) du.data[1] = (real)NAN;
}

static Node *exp_op(Node *x, double c) {
    return op_exp_map_zero(x, (real)c);
}

static Node *log_op(Node *x, double c) {
    return op_log_map_zero(x, (real)c);
}

/* 2 cosh^2 z is even: near 0 its gradient is much smaller than its value. */
static void even_reference(const long double *u, int64_t n, long double c, long double *out) {
    long double square = 0;
    for (int64_t i = 0; i < n; i++) square += u[i] * u[i];
    out[0] = 2 * cosh(sqrt(c * square)) * cosh(sqrt(c * square));
}

static void even(const real *u, int64_t n, real c, real *out) {
    const real z = sqrt(c) * row_norm(u, n);
    out[0] = 2 * cosh(z) * cosh(z);
}

static void even_gradient(const real *u, int64_t n, real c, const real *g, Gradient du) {
    const real norm = row_norm(u, n), z = sqrt(c) * norm;
    for (int64_t i = 0; i < n; i++)
        gradient_store(du, i, g[0] * 4 * cosh(z) * sinh(z) * sqrt(c) * (u[i] / norm));
}

TEST(hyp_audit_own_passes) {
    Error error = { "" };
    Audit audit = { .name = "exp",
                    .outputs = 3,
                    .allowed = 8,
                    .formula = value,
                    .gradient = right,
                    .reference = reference };
    CHECK(audit_run(&audit, NULL, &error));
    audit.op = exp_op;
    CHECK(audit_run(&audit, NULL, &error));
    const Audit points = { .name = "log",
                           .outputs = 3,
                           .takes_points = true,
                           .allowed = 4,
                           .op = log_op,
                           .reference = reference_log };
    CHECK(audit_run(&points, NULL, &error));
    const Audit small = { .name = "even",
                          .outputs = 1,
                          .formula = even,
                          .gradient = even_gradient,
                          .reference = even_reference };
    CHECK(audit_run(&small, NULL, &error));
    if (error.text[0]) test_fail(__FILE__, __LINE__, "%s", error.text);
}

TEST(hyp_audit_own_catches) {
    static const struct {
        void (*gradient)(const real *u, int64_t n, real c, const real *g, Gradient du);
        const char *depth, *reason;
    } mistakes[] = {
        { half, "at depth 0.0001,", "right but for a factor" },
        { cut_off, "at depth 4,", "the gradient is cut off" },
        { across_alone, "at depth 0.0001,", "the share along x is missing" },
        { not_a_number, "at depth 10,", "NaN" },
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const Audit audit = { .name = "exp",
                              .outputs = 3,
                              .formula = value,
                              .gradient = mistakes[i].gradient,
                              .reference = reference };
        Error error = { "" };
        test_case("%s", mistakes[i].reason);
        CHECK(!audit_run(&audit, NULL, &error));
        CHECK(!strncmp(error.text, "exp: wrong gradient ", 20));
        CHECK(strstr(error.text, mistakes[i].depth) && strstr(error.text, mistakes[i].reason));
    }
}

TEST(hyp_audit_own_refuses) {
    Error error = { "" };
    Audit audit = { .name = "exp", .outputs = 4 };
    CHECK(!audit_run(&audit, NULL, &error) && strstr(error.text, "outputs is 4, expected 1 to 3"));
    audit.outputs = 3;
    CHECK(!audit_run(&audit, NULL, &error) && strstr(error.text, "a reference is missing"));
    audit.reference = reference;
    CHECK(!audit_run(&audit, NULL, &error) && strstr(error.text, "expected a formula"));
    audit.op = exp_op, audit.outputs = 1;
    CHECK(!audit_run(&audit, NULL, &error) && strstr(error.text, "the op gives 3 numbers"));
}
