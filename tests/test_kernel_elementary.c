/* The elementary functions against long double, in units in the last place of the result. */
#include "tensor/elementary.h"
#include "tests/test.h"

#include <stdio.h>

enum { SAMPLES = 20000 };

typedef struct Function {
    const char *name;
    real (*value)(real x);
    long double (*exact)(long double x);
    double low, high; /* sizes of the arguments, spread evenly by their logarithms */
    int signs;        /* which of +1 and -1: 1 the first, 2 the second, 3 both */
    double allowed;
} Function;

static real our_exp(real x) {
    return exponential_value(exponential(x));
}

static real our_expm1(real x) {
    return exponential_minus_one(exponential(x));
}

static real our_log(real x) {
    return elementary_log(x);
}

static real our_asinh(real x) {
    return elementary_asinh(x);
}

static real our_log1p(real x) {
    return elementary_log1p(x);
}

static const Function functions[] = {
    { "exp", our_exp, expl, 1e-12, 85, 3, 1.5 },
    { "expm1", our_expm1, expm1l, 1e-30, 85, 3, 2 },
    { "log", our_log, logl, 1e-37, 1e38, 1, 1 },
    { "log near 1", our_log, logl, 0.7, 1.5, 1, 1 },
    { "log1p", our_log1p, log1pl, 1e-37, 1e37, 1, 1.5 },
    { "log1p near 1", our_log1p, log1pl, 1e-3, 10, 1, 1.5 },
    { "asinh", our_asinh, asinhl, 1e-37, 1e37, 3, 2.5 },
    { "asinh near 1", our_asinh, asinhl, 1e-3, 10, 3, 2.5 },
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static double off_by(const Function *function, real x) {
    const long double exact = function->exact((long double)x);
    int exponent;
    frexp(exact, &exponent);
    const long double unit = ldexp((long double)REAL_EPSILON, exponent - 1);
    const long double off = fabs((long double)function->value(x) - exact);
    return off == 0 ? 0 : (double)(off / unit);
}

TEST(kernel_elementary_functions_against_long_double) {
    for (int f = 0; f < FUNCTIONS; f++) {
        const Function *function = &functions[f];
        test_case("elementary %s", function->name);
        double worst = 0;
        for (int i = 0; i < SAMPLES; i++) {
            const double size =
                function->low * pow(function->high / function->low, (double)i / (SAMPLES - 1));
            if (function->signs & 1) worst = test_worse(worst, off_by(function, (real)size));
            if (function->signs & 2) worst = test_worse(worst, off_by(function, (real)-size));
        }
        printf("   %-14s off by %.2f units at most\n", function->name, worst);
        CHECK(worst <= function->allowed);
    }
}

/* Exactly the C library's result, where only one is right. */
TEST(kernel_elementary_functions_at_the_ends) {
    const real huge = REAL_MAX, infinity = (real)INFINITY, nan = (real)NAN;
    CHECK(our_exp(0) == 1 && our_exp(-huge) == 0 && our_exp(-infinity) == 0);
    CHECK(our_exp(huge) == infinity && our_exp(infinity) == infinity);
    CHECK(our_expm1(0) == 0 && our_expm1(-huge) == -1 && our_expm1(-infinity) == -1);
    CHECK(our_expm1(huge) == infinity && our_expm1(infinity) == infinity);
    CHECK(our_log(1) == 0 && our_log(infinity) == infinity);
    CHECK(our_log1p(0) == 0 && our_log1p(infinity) == infinity && isfinite(our_log1p(huge)));
    CHECK(our_asinh(0) == 0 && our_asinh(infinity) == infinity &&
          our_asinh(-infinity) == -infinity);
    CHECK(1 / our_asinh((real)-0.0) == -infinity);
    CHECK(isfinite(our_asinh(huge)) && our_asinh(-huge) == -our_asinh(huge));
    for (int f = 0; f < FUNCTIONS; f++) CHECK(isnan(functions[f].value(nan)));
}

/* A loop over them gives the bits that one call gives. */
TEST(kernel_elementary_functions_in_loops) {
    enum { COUNT = 1003 };
    static real x[COUNT], looped[4][COUNT];
    for (int i = 0; i < COUNT; i++) x[i] = (real)pow(10.0, -6 + 7.9 * i / COUNT);
    x[COUNT / 2] = (real)NAN;
#pragma omp simd
    for (int i = 0; i < COUNT; i++) {
        looped[0][i] = exponential_value(exponential(x[i]));
        looped[1][i] = exponential_minus_one(exponential(x[i]));
        looped[2][i] = elementary_log(x[i]);
        looped[3][i] = elementary_asinh(x[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        if (i == COUNT / 2) continue;
        CHECK(looped[0][i] == our_exp(x[i]) && looped[1][i] == our_expm1(x[i]));
        CHECK(looped[2][i] == our_log(x[i]) && looped[3][i] == our_asinh(x[i]));
    }
    for (int k = 0; k < 4; k++) CHECK(isnan(looped[k][COUNT / 2]));
}
