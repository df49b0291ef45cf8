/* own_explain.c - the likely reason for a wrong value or gradient. */
#include "hyp/audit/own_sample.h"

enum { N = AUDIT_ROW };

static long double dot(const long double *x, const long double *y) {
    long double sum = 0;
    for (int i = 0; i < N; i++) sum += x[i] * y[i];
    return sum;
}

/* |found - factor expected| / |expected|. */
static long double off(const long double *found, long double factor, const long double *expected) {
    long double difference[N];
    for (int i = 0; i < N; i++) difference[i] = found[i] - factor * expected[i];
    return sqrt(dot(difference, difference) / dot(expected, expected));
}

/* Whether found is expected without its share along x. */
static bool lacks_radial_share(const OwnSample *sample) {
    long double x[N], across[N];
    for (int i = 0; i < N; i++) x[i] = (long double)sample->x[i];
    const long double along = dot(sample->true_gradient, x) / dot(x, x);
    for (int i = 0; i < N; i++) across[i] = sample->true_gradient[i] - along * x[i];
    if (!(dot(across, across) > 0)) return false;
    return off(sample->gradient, 1, across) < 1e-3L;
}

static const char *reason(const OwnSample *sample, bool gradient) {
    const long double *found = gradient ? sample->gradient : sample->value;
    const long double *expected = gradient ? sample->true_gradient : sample->true_value;
    const long double factor = dot(found, expected) / dot(expected, expected);
    if (found[0] != found[0] || found[1] != found[1] || found[2] != found[2])
        return "NaN: a division 0/0, or the difference of two infinities";
    if (!(dot(expected, expected) > 0)) return "it should be 0";
    if (off(found, 1, expected) < 0.01L)
        return "its digits are lost: look for a difference of nearly equal numbers, such as 1 - "
               "c|x|^2 of a rounded x, and for a constant added or clamped to";
    if (gradient && dot(found, found) == 0)
        return "the gradient is cut off: a clamp or projection has none past its bound";
    if (gradient && lacks_radial_share(sample))
        return "the share along x is missing: a factor that depends on |x| is taken as constant, "
               "or clamped";
    if (off(found, factor, expected) < 1e-3L)
        return "right but for a factor: look for one that is missing, or a sign";
    return "it differs in direction: a term is missing or wrong, or no digit is left";
}

/* The first `count` numbers, as text of at most `size` characters. */
static const char *row_text(const long double *row, int count, char *text, size_t size) {
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%.6Lg", i ? " " : "", row[i]);
    return text;
}

void own_sample_explain(const Audit *audit, const OwnSample *sample, bool gradient, Error *error) {
    const int count = gradient ? N : audit->outputs;
    char found[64], expected[64];
    row_text(gradient ? sample->gradient : sample->value, count, found, sizeof found);
    row_text(gradient ? sample->true_gradient : sample->true_value, count, expected,
             sizeof expected);
    error_set(error, "%s: wrong %s at depth %g, c = %g: found %s, expected %s; %s", audit->name,
              gradient ? "gradient" : "value", sample->depth, (double)sample->c, found, expected,
              reason(sample, gradient));
}
