/* c_headers.h - how a source file that is C for one compiler and C++ for another includes headers
 * of the C rooms: between C_HEADERS_BEGIN and C_HEADERS_END, so that names keep C's linkage. The
 * system's headers must stand outside, hence first. */
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
