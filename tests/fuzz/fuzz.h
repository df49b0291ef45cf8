/* fuzz.h - helpers shared by the fuzz targets.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput: it gives the bytes to a reader of
 * files and frees the result. For any bytes the reader must succeed, or fail with a message; the
 * sanitizers and the memory limits of `./build.sh fuzz` check the rest. fuzz_seeds.c writes the
 * inputs that each target starts from.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "tensor/error.h"

#include <stddef.h>
#include <stdint.h>

/* One input; libFuzzer calls it. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Write the bytes to a temporary file. The path is valid until the next call. */
const char *fuzz_file(const uint8_t *bytes, size_t count);

/* Abort, as a finding, unless a failure left a message and a success left none. */
void fuzz_judge(bool good, const Error *error);

#endif
