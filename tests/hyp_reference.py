#!/usr/bin/env python3
"""Write tests/hyp_reference.h: what the formulas of the Poincare ball give, to 16 digits.

    python3 tests/hyp_reference.py > tests/hyp_reference.h        (needs mpmath)

The textbook formulas are evaluated with 120 digits, so that none of their cancellations matters, and
differentiated by central differences of step 1e-35, good to far more than 16 digits. Nothing here
shares a rearrangement with the C code.

Input rows are  scale * pattern(r, i)  with 6-bit patterns and 16-bit scales: exactly representable
in float, so float and double see the same numbers as this script. (Patterns that are turned a little have
more bits, and their scales fewer.) A row of results is kept as its inner products with two probe rows, and a size that errors are relative to: its length, but for the cases
named in evaluate() and case(). The gradients are those of <g, output>, g a fixed row.
"""
from mpmath import mp, mpf, sqrt, tanh, atanh, acosh, asinh, cosh, sinh, fabs, floor, log, nstr, fsum
import struct

mp.dps = 120
STEP = mpf(10) ** -35
ROW_X, ROW_Y, ROW_V, ROW_G, PROBE_1, PROBE_2, TURNED, TRANSPOSED_LESS = range(8)


def pattern(r, n):
    if r >= TURNED:
        return add(pattern(ROW_X, n), times(mpf(1) / (16 if r == TURNED else 256), pattern(ROW_G, n)))
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
    return round_bits(size / sqrt(c) / norm(pattern(row, n)), 9 if row >= TURNED else 16)


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
    """What an error of s is relative to, over sqrt(1 + s^2): the sizes of what s moves by when its inputs do.
    With o = u/|u| across p, n_p the part of a/|a| along p, t = 2 sc|u|, t_p = 2 artanh(sc|p|), v = 1 - cos(u, p):
    s = sinh t [o,n] + n_p (sinh(t - t_p) - v cosh t_p sinh t). Moving t or t_p gives cosh(t - t_p). [u,n] itself, a
    product of matrices, is known to eps, and not to eps/gap, of the sum of its terms' sizes."""
    t, size = 2 * sqrt(c) * norm(u), norm(a)
    scale = cosh(sqrt(c) * plane_distance(c, u, p, a))
    if not t or not norm(p):
        along = fsum(fabs(x * y) for x, y in zip(u, a)) / norm(u) / size if t else 0
        return (sinh(t) * along + fabs(sqrt(c) * factor(c, p) * dot(p, a)) / size * cosh(t)) / scale
    ray, unit, normal = times(1 / norm(p), p), times(1 / norm(u), u), times(1 / size, a)
    cosine, far = dot(unit, ray), 2 * atanh(sqrt(c) * norm(p))
    sum_of_sizes = fsum(fabs(x * y) for x, y in zip(unit, normal)) * (1 - c * dot(p, p))
    across = sum_of_sizes + fabs(dot(add(unit, ray, -cosine), normal))
    return (sinh(t) * across + fabs(dot(normal, ray)) * (cosh(t - far) + (1 - cosine) * cosh(far) * sinh(t))) / scale


def rows_of(n, scales, rows):
    return [times(s, pattern(r, n)) for s, r in zip(scales, rows)]


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
        if fabs(dot(inputs[0], inputs[1])) >= norm(inputs[0]) * norm(inputs[1]) * 3 / 4 > 0:
            # a turns about p: how far that moves d is known as x - p is, which may be 0
            results[3][2] = max(results[3][2], terms * per_radian / sqrt(c) / norm(inputs[2]))
    if name == "exp_map":  # turning v by eps turns the gradients by this times eps/gap
        (x, v), sc = inputs, sqrt(c)
        if norm(v):
            results[0][2] = max(results[0][2], norm(v) * results[2][2] / norm(g))  # z is known to eps/gap
            end = tanh(sc * factor(c, x) / 2 * norm(v))
            turned = 1 + sc * end * dot(x, v) / norm(v)
            for result in results[1:]:
                result[2] *= max(1, 2 * sc * norm(x) * end / turned * (1 - c * dot(x, x)))
    return results


def saturation(name, c, inputs):
    """Where the end of a long tangent vector hardly moves, its gradients are as small as sech^2 of its length z, which
    is known to z eps/gap: they are known to 2z eps/gap of their own size."""
    if name == "exp_map_zero":
        return max(1, 2 * sqrt(c) * norm(inputs[0]))
    if name == "exp_map":
        return max(1, sqrt(c) * factor(c, inputs[0]) * norm(inputs[1]))
    return 1


def case(name, c, n, size, rows=(ROW_X, ROW_Y, ROW_V), near=None, strict=False):
    """near: the second scale as a multiple of the first. strict: on a line, sizes are their own."""
    function, kinds = FORMULAS[name]

    def inputs_for(n):
        scales = [scale_for(k, s, c, r, n) for k, s, r in zip(kinds, size, rows)]
        if near:
            scales[1] = round_bits(scales[0] * near)
        return scales, rows_of(n, scales, rows)

    scales, inputs = inputs_for(n)
    results = evaluate(name, c, n, inputs)
    if strict:
        for result in results[1:]:
            result[2] *= saturation(name, c, inputs)
        if name == "log_map":  # -(1 + 2c x log/gap) goes through 0
            results[1][2] = max(results[1][2], norm(pattern(ROW_G, n)))
        if name == "exp_map":  # dv (1 + 2sc z x) does
            results[1][2] = max(results[1][2], results[2][2])
    elif n == 1:  # on a line rotations are trivial and gradients may vanish: sizes are those in the plane
        for result, plane in zip(results, evaluate(name, c, 2, inputs_for(2)[1])):
            result[2] = max(result[2], plane[2])
    gap = min([mpf(1)] + [1 - c * dot(x, x) for x, k in zip(inputs, kinds) if k == "b"])
    scales = scales + [0] * (3 - len(scales))
    flat = ", ".join("{ %s }" % ", ".join([number(r[0]), number(r[1]), nstr(r[2], 4)]) for r in results)
    print("    { HYP_%s, %d, { %s }, %s, { %s }, %s, { %s } }," % (
        name.upper(), n, ", ".join(map(str, rows)), nstr(c, 17), ", ".join(nstr(mpf(s), 17) for s in scales), nstr(gap, 4), flat))


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
                case(name, c, n, (s, s, "1")[:len(kinds)], (ROW_X, ROW_X, ROW_V), near)


def plane_cases(name):
    """u on the ray of p, on the opposite one, and turned from it a little; near x = p, and beyond by up to t = 60. The
    gaps of p are those of the parameters' limits, in double and in float, and larger ones."""
    count = 0
    for n in (1, 2, 64):
        for gap in ("2e-5", "8e-3", "0.1", "0.4", "0.75"):
            depth = atanh(sqrt(1 - mpf(gap)))
            for row, factor in ((ROW_X, mpf(1) / 2), (ROW_X, 1), (ROW_X, 2), (ROW_X, -2), (TURNED, 1), (TURNED, 3),
                                (TRANSPOSED_LESS, mpf(3) / 2), (TRANSPOSED_LESS, 4), (ROW_X, 30 / depth)):
                count += 1
                if n == 1 and row != ROW_X:
                    continue
                if n == 64 and count % 2:
                    continue
                normal = ROW_X if n == 1 or count % 5 == 0 else ROW_V
                case(name, CURVATURES[count % 5], n, (factor * depth, depth, "-1.5" if count % 3 else "1"),
                     (row, ROW_X, normal))


def line_cases():
    """On a line nothing turns, and what is left of a gradient may be very small."""
    for c in CURVATURES[1:4]:
        for z in ("0.5", "3", "8", "12", "20"):
            case("exp_map_zero", c, 1, (z,), strict=True)
        for depth in ("0.3", "1.5", "3.1"):
            gap = 1 - tanh(mpf(depth)) ** 2
            for z in ("0.5", "-0.5", "-3", "-8", "12", "-12"):
                case("exp_map", c, 1, (depth, mpf(z) * gap), (ROW_X, ROW_X, ROW_V), strict=True)
            for other in ("-3", "-1.4", "0.2", "3"):
                for name in ("mobius_add", "log_map", "distance"):
                    case(name, c, 1, (depth, other), (ROW_X, ROW_X, ROW_V), strict=True)
    for n in (2, 64):  # the same, where the gradient turns too
        for z in ("-3.3", "-12", "12"):
            case("exp_map", CURVATURES[3], n, ("3.1", mpf(z) * mpf("8e-3")), (ROW_X, ROW_X, ROW_V))


print("""/* hyp_reference.h - written by tests/hyp_reference.py; see there. Do not edit.
 * Each line: formula, n, pattern rows of the inputs, c, scales of the inputs, smallest gap 1 - c|x|^2
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
    int n, rows[3];
    double c, scale[3], gap, expected[4][3];
} HypCase;

/* clang-format off */
static const HypCase hyp_cases[] = {""")
for name in FORMULAS:
    cases(name)
for name in ("hyperplane_distance", "hyperplane_logit"):
    plane_cases(name)
line_cases()
print("};\n/* clang-format on */\n\n#endif")
