/* c_headers.h - C linkage for sources that one compiler reads as C and another as C++: include the
 * project's C headers between C_HEADERS_BEGIN and C_HEADERS_END. System headers must not be in
 * between, so they are included first. */
#ifndef CUDA_C_HEADERS_H
#define CUDA_C_HEADERS_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#include <cmath>
#define C_HEADERS_BEGIN extern "C" {
#define C_HEADERS_END }
#else
#include <tgmath.h>
#define C_HEADERS_BEGIN
#define C_HEADERS_END
#endif

#endif
