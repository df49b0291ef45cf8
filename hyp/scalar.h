/* scalar.h - the scalar functions that the Poincare ball's formulas use.
 *
 * tanh(z)/z, artanh(z)/z and their kin appear with z = sqrt(c)|u|, so all of them are smooth
 * functions of z^2 and must have a value, and a derivative, at u = 0. Each comes with the "slope"
 * that its gradient needs: slope(z) = f'(z)/z, also smooth in z^2, since by the chain rule
 *     d f(sqrt(c)|u|) = c * slope(z) * [u, du].
 * Where a difference would cancel, a series is summed instead; it is long enough for double.
 * Arguments called z, t and tau are >= 0. NaN gives NaN.
 */
#ifndef HYP_SCALAR_H
#define HYP_SCALAR_H

#include "tensor/elementary.h"

/* sech^2(z) = 4 e^-2z / (1 + e^-2z)^2: no overflow, and small rather than 0 for large z, where
 * 1 - tanh^2(z) has no digits left. */
static inline HD real sech_square(real z) {
    const real decay = exp(-2 * z);
    return 4 * decay / ((1 + decay) * (1 + decay));
}

/* tanh(z)/z. */
static inline HD real tanh_ratio(real z) {
    const real q = z * z;
    if (z < (real)1e-2)
        return 1 - q * ((real)(1.0 / 3) - q * ((real)(2.0 / 15) - q * (real)(17.0 / 315)));
    return tanh(z) / z;
}

/* (d/dz tanh(z)/z) / z = (sech^2 z - tanh(z)/z) / z^2, which is -2/3 + 8z^2/15 - ... at 0.
 * With w = 2z it is -4 sech^2(z) (sinh w - w)/w^3, and the last factor is the all-positive series
 * sum w^2k/(2k+3)!, summed by Horner below z = 1/2. */
static inline HD real tanh_ratio_slope(real z) {
    if (z < (real)0.5) {
        const real q = 4 * z * z;
        real sum = 1;
        for (int k = 8; k >= 1; k--) sum = 1 + sum * q / (real)((2 * k + 2) * (2 * k + 3));
        return (real)(-2.0 / 3) * sum * sech_square(z);
    }
    return (sech_square(z) - tanh(z) / z) / z / z;
}

/* artanh(z)/z for 0 <= z < 1. */
static inline HD real artanh_ratio(real z) {
    const real q = z * z;
    if (z < (real)1e-2)
        return 1 + q * ((real)(1.0 / 3) + q * ((real)(1.0 / 5) + q * (real)(1.0 / 7)));
    return (log1p(z) - log1p(-z)) / (2 * z);
}

/* (d/dz artanh(z)/z) / z = (1/(1 - z^2) - artanh(z)/z) / z^2 = sum_{k>=1} 2k/(2k+1) z^(2k-2). */
static inline HD real artanh_ratio_slope(real z) {
    const real q = z * z;
    if (z < (real)0.1) {
        real sum = 0;
        for (int k = 9; k >= 1; k--) sum = sum * q + (real)(2 * k) / (real)(2 * k + 1);
        return sum;
    }
    return (1 / ((1 - z) * (1 + z)) - artanh_ratio(z)) / q;
}

/* kappa(tau) = asinh(tau) / (tau sqrt(1 + tau^2)) = sum a_n tau^2n with a_0 = 1 and
 * a_n = -2n/(2n+1) a_(n-1): 1 - 2/3 tau^2 + 8/15 tau^4 - ... */
static inline HD real asinh_ratio(real tau) {
    const real q = tau * tau;
    if (tau < (real)1e-2)
        return 1 - q * ((real)(2.0 / 3) - q * ((real)(8.0 / 15) - q * (real)(16.0 / 35)));
    return elementary_asinh(tau) / (tau * sqrt(1 + q));
}

/* kappa'(tau)/tau = (1 - (1 + 2 tau^2) kappa) / (tau^2 (1 + tau^2))
 *                 = sum_{n>=1} 2n a_n tau^(2n-2). */
static inline HD real asinh_ratio_slope(real tau) {
    const real q = tau * tau;
    if (tau < (real)0.1) {
        real sum = 0, coefficient = 1, power = 1;
        for (int n = 1; n <= 9; n++) {
            coefficient *= (real)(-2 * n) / (real)(2 * n + 1);
            sum += (real)(2 * n) * coefficient * power;
            power *= q;
        }
        return sum;
    }
    return (1 - (1 + 2 * q) * asinh_ratio(tau)) / q / (1 + q);
}

#endif
