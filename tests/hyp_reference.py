#!/usr/bin/env python3
"""Write tests/hyp_reference.h: what the formulas of the Poincare ball give, to 16 digits.

    python3 tests/hyp_reference.py > tests/hyp_reference.h        (needs mpmath)

The textbook formulas are evaluated with 120 digits, so that none of their cancellations matters, and
differentiated by central differences of step 1e-35, good to far more than 16 digits. Nothing here
shares a rearrangement with the C code.

Input rows are  scale * pattern(r, i)  with 6-bit patterns and 16-bit scales: exactly representable
in float, so float and double see the same numbers as this script. A row of results is kept as its inner
products with two probe rows, and a size that errors are relative to: its length, but for the cases
named in evaluate() and case(). The gradients are those of <g, output>, g a fixed row.
"""
from mpmath import mp, mpf, sqrt, tanh, atanh, acosh, asinh, cosh, sinh, fabs, floor, log, nstr, fsum
import struct

mp.dps = 120
STEP = mpf(10) ** -35
ROW_X, ROW_Y, ROW_V, ROW_G, PROBE_1, PROBE_2 = range(6)


def pattern(r, n):
    return [mpf(((i * 37 + r * 101 + 17) * 29) % 127 - 63) / 64 for i in range(n)]


def as_float(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def round_bits(x, bits=16):
    if x == 0:
        return mpf(0)
    unit = mpf(2) ** (floor(log(fabs(x), 2)) - bits + 1)
    return floor(x / unit + mpf(1) / 2) * unit


def dot(x, y):
    return fsum(a * b for a, b in zip(x, y))


def norm(x):
    return sqrt(dot(x, x))


def add(x, y, s=1):
    return [a + s * b for a, b in zip(x, y)]


def times(s, x):
    return [s * a for a in x]


# The textbook.
def factor(c, x):
    return 2 / (1 - c * dot(x, x))


def exp0(c, u):
    z = sqrt(c) * norm(u)
    return u if z == 0 else times(tanh(z) / z, u)


def log0(c, y):
    z = sqrt(c) * norm(y)
    return y if z == 0 else times(atanh(z) / z, y)


def mobius(c, x, y):
    xy, xx, yy = dot(x, y), dot(x, x), dot(y, y)
    top = add(times(1 + 2 * c * xy + c * yy, x), times(1 - c * xx, y))
    return times(1 / (1 + 2 * c * xy + c * c * xx * yy), top)


def exp_map(c, x, v):
    return mobius(c, x, exp0(c, times(factor(c, x) / 2, v)))


def log_map(c, x, y):
    return times(2 / factor(c, x), log0(c, mobius(c, times(-1, x), y)))


def distance(c, a, b):
    d = add(a, b, -1)
    q = 2 * c * dot(d, d) / ((1 - c * dot(a, a)) * (1 - c * dot(b, b)))
    return acosh(1 + q) / sqrt(c)


def gyration(c, x, y, v):  # by its definition: -(x + y) + (x + (y + v)); v is scaled into the ball
    size = mpf(1) / 1000 / (1 + sqrt(c) * norm(v))
    inner = mobius(c, x, mobius(c, y, times(size, v)))
    return times(1 / size, mobius(c, times(-1, mobius(c, x, y)), inner))


def transport(c, x, y, v):
    return times(factor(c, x) / factor(c, y), gyration(c, y, times(-1, x), v))


def plane_distance(c, u, p, a):
    m = mobius(c, times(-1, p), exp0(c, u))
    return asinh(2 * sqrt(c) * dot(m, a) / norm(a) / (1 - c * dot(m, m))) / sqrt(c)


def plane_logit(c, u, p, a):
    return factor(c, p) * norm(a) * plane_distance(c, u, p, a)


# name: (function, kinds of the inputs: b ball point, t tangent vector)
FORMULAS = {
    "conformal_factor": (factor, "b"), "exp_map_zero": (exp0, "t"), "log_map_zero": (log0, "b"),
    "mobius_add": (mobius, "bb"), "exp_map": (exp_map, "bt"), "log_map": (log_map, "bb"),
    "distance": (distance, "bb"), "gyration": (gyration, "bbt"), "transport": (transport, "bbt"),
    "hyperplane_distance": (plane_distance, "tbt"), "hyperplane_logit": (plane_logit, "tbt"),
}
SMALL = ["1e-8", "1e-4", "0.0099", "0.0101", "0.1", "1"]
BALL = SMALL + ["3", "5"]
TANGENT = SMALL + ["5", "8", "12", "20"]
POINTS = ["1e-8", "0.7", "0.0101", "0.7", "0", "1", "3", "5", "0.7", "1"]  # of the hyperplanes
CURVATURES = [as_float(c) for c in ("0.001", "0.01", "0.5", "1", "4")]


def scale_for(kind, s, c, row, n):
    size = tanh(mpf(s)) if kind == "b" else mpf(s)
    return round_bits(size / sqrt(c) / norm(pattern(row, n)))


def span(rows):
    basis = []
    for row in rows:
        size = norm(row)
        for b in basis:
            row = add(row, b, -dot(row, b))
        if size and norm(row) > size * mpf(10) ** -60:
            basis.append(times(1 / norm(row), row))
    return basis


def number(x):
    return "0" if fabs(x) < mpf(10) ** -25 else nstr(x, 16)


def plane_terms(c, u, p, a):
    """The sum of the sizes of the terms of s, over sqrt(1 + s^2). The fused form adds such terms; where x
    lies near the hyperplane they cancel, and the distance is known to eps times this."""
    t, size = 2 * sqrt(c) * norm(u), norm(a)
    along_normal, along_point = (dot(u, a) / norm(u) / size, sqrt(c) * dot(p, u) / norm(u)) if t else (0, 0)
    offset = fabs(sqrt(c) * factor(c, p) * dot(p, a) / size)
    terms = fabs(sinh(t) * along_normal) + offset * (cosh(t) + fabs(along_point) * sinh(t))
    return terms / cosh(sqrt(c) * plane_distance(c, u, p, a))


def rows_of(name, n, scales, y_row):
    return [times(s, pattern(r, n)) for s, r in zip(scales, (ROW_X, y_row, ROW_V))]


def evaluate(name, c, n, inputs):
    """For the output and each gradient: two inner products, and the size that errors are relative to."""
    function, kinds = FORMULAS[name]
    g, probes = pattern(ROW_G, n), [pattern(PROBE_1, n), pattern(PROBE_2, n)]
    value = function(c, *inputs)
    scalar = not isinstance(value, list)
    results = [[value, mpf(0), fabs(value)] if scalar else [dot(value, probes[0]), dot(value, probes[1]), norm(value)]]

    def slope(i, direction):
        h = times(STEP, direction)
        high = function(c, *[add(x, h) if j == i else x for j, x in enumerate(inputs)])
        low = function(c, *[add(x, h, -1) if j == i else x for j, x in enumerate(inputs)])
        return (high - low if scalar else dot(g, add(high, low, -1))) / (2 * STEP)

    basis = span(inputs + [g])  # every gradient lies in it: the formulas are covariant
    for i in range(len(inputs)):
        results.append([slope(i, probes[0]), slope(i, probes[1]), norm([slope(i, b) for b in basis])])
    if name == "gyration":  # to first order 2c([y,v] x - [x,v] y), whose gradients may vanish by symmetry
        x, y, v = map(norm, inputs)
        size = max(results[1][2], results[2][2], 2 * c * norm(g) * v * max(x, y))
        results[1][2] = results[2][2] = size
    if name.startswith("hyperplane"):
        terms = plane_terms(c, *inputs)
        per_radian = factor(c, inputs[1]) * norm(inputs[2]) if name == "hyperplane_logit" else 1
        results[0][2] = max(results[0][2], terms * per_radian / sqrt(c))
        for result in results[1:]:
            result[2] *= max(1, terms)
    return results


def case(name, c, n, size, y_row=ROW_Y, near=None):
    function, kinds = FORMULAS[name]

    def inputs_for(n):
        scales = [scale_for(k, s, c, r, n) for k, s, r in zip(kinds, size, (ROW_X, ROW_Y, ROW_V))]
        if near:
            scales[1] = round_bits(scales[0] * near)
        return scales, rows_of(name, n, scales, y_row)

    scales, inputs = inputs_for(n)
    results = evaluate(name, c, n, inputs)
    if n == 1:  # on a line rotations are trivial and gradients may vanish: sizes are those in the plane
        for result, plane in zip(results, evaluate(name, c, 2, inputs_for(2)[1])):
            result[2] = max(result[2], plane[2])
    gap = min([mpf(1)] + [1 - c * dot(x, x) for x, k in zip(inputs, kinds) if k == "b"])
    scales = scales + [0] * (3 - len(scales))
    flat = ", ".join("{ %s }" % ", ".join([number(r[0]), number(r[1]), nstr(r[2], 4)]) for r in results)
    print("    { HYP_%s, %d, %d, %s, { %s }, %s, { %s } }," % (
        name.upper(), n, y_row, nstr(c, 17), ", ".join(nstr(mpf(s), 17) for s in scales), nstr(gap, 4), flat))


def cases(name):
    kinds = FORMULAS[name][1]
    count = 0
    for position, n in enumerate((1, 2, 3, 64)):
        def c_next():
            nonlocal count
            count += 1
            return CURVATURES[count % 5]

        leading = TANGENT if kinds[0] == "t" else BALL
        if len(kinds) == 1:
            sizes = [(s,) for s in ["0"] + leading]
        elif name == "exp_map":
            sizes = [("0", "0.7"), ("0.7", "0")] + [("0.7", s) for s in TANGENT] + [(s, "0.05") for s in BALL]
        elif kinds[0] == "t":
            sizes = [("0", "0.7", "1")] + [(s, p, "1") for s, p in zip(TANGENT, POINTS)]
        else:
            sizes = [("0", "0.7", "1"), ("0.7", "0", "1"), ("0", "0", "1")]
            sizes += [(s, s, "1") for s in BALL] + [(s, "0.7", "1") for s in BALL[::2]] + [("0.7", s, "1") for s in BALL[::2]]
            sizes = [s[:len(kinds)] for s in sizes]
        if len(kinds) > 1:  # every other size, so that all sizes and all n occur but the table stays small
            sizes = [size for i, size in enumerate(sizes) if (i + position) % 2 == 0]
        for size in sizes:
            c = c_next()
            case(name, c, n, size)
        if kinds[:2] != "bb":
            continue
        for i, s in enumerate(BALL[position % 2::2]):  # y = x, y = -x, y nearly x and nearly -x
            for near in (1, 1 + mpf(2) ** -10) if i % 2 else (-1, -1 - mpf(2) ** -10):
                c = c_next()
                case(name, c, n, (s, s, "1")[:len(kinds)], ROW_X, near)


print("""/* hyp_reference.h - written by tests/hyp_reference.py; see there. Do not edit.
 * Each line: formula, n, pattern row of the second input, c, scales of the inputs, smallest gap 1 - c|x|^2
 * among the ball points, then for the output and for each input's gradient: its inner products
 * with the two probe rows (or, for a scalar output, the value and 0), and the size that
 * errors are relative to (its length, mostly). */
#ifndef TESTS_HYP_REFERENCE_H
#define TESTS_HYP_REFERENCE_H

typedef enum HypFormula {""")
for name in FORMULAS:
    print("    HYP_%s," % name.upper())
print("""    HYP_FORMULAS
} HypFormula;

typedef struct HypCase {
    HypFormula formula;
    int n, second_row;
    double c, scale[3], gap, expected[4][3];
} HypCase;

/* clang-format off */
static const HypCase hyp_cases[] = {""")
for name in FORMULAS:
    cases(name)
print("};\n/* clang-format on */\n\n#endif")
