/* real.h - the one number type.
 *
 * Every tensor element is a `real`: float in the library that programs use, double in the library
 * that every gradient check uses (the same sources, compiled with -DREAL_IS_DOUBLE). Write
 * constants as (real)0.5 and call exp, tanh, sqrt...: <tgmath.h> picks the version that matches
 * the argument. Small integers (labels, channel numbers) are held in a real too, exactly.
 */
#ifndef TENSOR_REAL_H
#define TENSOR_REAL_H

#ifdef __cplusplus
#include <cmath>
#else
#include <tgmath.h>
#endif
#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensor/public.h"

#ifdef REAL_IS_DOUBLE
typedef double real;
#define REAL_EPSILON DBL_EPSILON
#define REAL_MAX DBL_MAX
#else
typedef float real;
#define REAL_EPSILON FLT_EPSILON
#define REAL_MAX FLT_MAX
#endif

/* Whatever is compiled with one number type asks for the symbol of that type, which the library of
 * that type alone has: with the other one it does not link. A file that uses formulas alone, no
 * tensor, is right with both, and says so by REAL_FORMULAS_ALONE. */
#ifndef REAL_FORMULAS_ALONE
#ifdef REAL_IS_DOUBLE
#define REAL_TYPE hadnet_real_is_double
#else
#define REAL_TYPE hadnet_real_is_float
#endif
extern PUBLIC const char REAL_TYPE;
static const char *const real_type __attribute__((used)) = &REAL_TYPE;
#endif

/* A formula that the CPU loop and the GPU kernel share is a `static inline HD` function. */
#if defined(__CUDACC__) || defined(__HIPCC__)
#define HD __host__ __device__
#else
#define HD
#endif

#endif
