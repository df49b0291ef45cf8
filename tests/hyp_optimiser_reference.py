#!/usr/bin/env python3
"""Write tests/hyp_optimiser_reference.h: where Riemannian SGD and Adam take a point in six steps.

    python3 tests/hyp_optimiser_reference.py > tests/hyp_optimiser_reference.h        (needs mpmath)

50 digits, from the textbook formulas of hyp_reference.py (the transport is by gyrations as they are
defined, the second moment by the metric as it is defined). The gradients are
    g[i] = pull * (p[i] - target[i]) * (1 + 0.5 * sin(3 * step + i)),  step = 1, 2, ...
"""
import contextlib
import io

from mpmath import mp, mpf, nstr, sin, sqrt

with contextlib.redirect_stdout(io.StringIO()):  # importing it writes its own table
    from hyp_reference import add, as_float, dot, exp_map, factor, norm, times, transport

mp.dps = 50
START = [mpf(x) for x in ("0.25", "-0.125", "0.5")]
TARGET = [mpf(x) for x in ("-0.5", "0.375", "0.0625")]
STEPS = 6
BETA1, BETA2, EPSILON = mpf("0.9"), mpf("0.999"), mpf("1e-8")

CASES = [  # rule, curvature, learning rate, pull
    ("sgd", 1, "0.5", 1), ("sgd", "0.01", "0.5", 1), ("sgd", "0.5", "0.05", -8),
    ("adam", 1, "0.1", 1), ("adam", "0.01", "0.1", 1), ("adam", 2, "0.03", 100), ("adam", "0.5", "0.02", -1),
]


def run(rule, c, lr, pull):
    p, m, v = START, [mpf(0)] * 3, mpf(0)
    for step in range(1, STEPS + 1):
        g = [pull * (x - t) * (1 + sin(3 * step + i) / 2) for i, (x, t) in enumerate(zip(p, TARGET))]
        g = times(1 / factor(c, p) ** 2, g)
        if rule == "sgd":
            p = exp_map(c, p, times(-lr, g))
            continue
        m = add(times(BETA1, m), times(1 - BETA1, g))
        v = BETA2 * v + (1 - BETA2) * factor(c, p) ** 2 * dot(g, g)
        size = sqrt(v / (1 - BETA2 ** step)) + EPSILON
        q = exp_map(c, p, times(-lr / (1 - BETA1 ** step) / size, m))
        p, m = q, transport(c, p, q, m)
    assert sqrt(c) * norm(p) < mpf("0.99"), "the projection would act, differently in float and double"
    return p


print("""/* hyp_optimiser_reference.h - written by tests/hyp_optimiser_reference.py; see there. Do not edit. */
#ifndef TESTS_HYP_OPTIMISER_REFERENCE_H
#define TESTS_HYP_OPTIMISER_REFERENCE_H

enum { HYP_STEPS = %d };
static const double hyp_start[3] = { %s };
static const double hyp_target[3] = { %s };

typedef struct HypOptimiserCase {
    const char *rule;
    double curvature, learning_rate, pull, result[3];
} HypOptimiserCase;

/* clang-format off */
static const HypOptimiserCase hyp_optimiser_cases[] = {""" % (
    STEPS, ", ".join(nstr(x, 17) for x in START), ", ".join(nstr(x, 17) for x in TARGET)))
for rule, c, lr, pull in CASES:
    result = run(rule, as_float(c), mpf(lr), pull)
    print('    { "%s", %s, %s, %s, { %s } },' % (
        rule, nstr(as_float(c), 17), lr, pull, ", ".join(nstr(x, 17) for x in result)))
print("};\n/* clang-format on */\n\n#endif")
