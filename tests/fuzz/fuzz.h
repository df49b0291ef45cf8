/* fuzz.h - what the fuzz targets share.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput: it gives the bytes to a reader of
 * files and frees what came of them. Whatever the bytes are, the reader succeeds or leaves a line;
 * the sanitizers and the memory limits of `./build.sh fuzz` judge the rest. fuzz_seeds.c writes the
 * inputs that each target starts from.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "tensor/error.h"

#include <stddef.h>
#include <stdint.h>

/* One input; libFuzzer calls it. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* A regular file, in memory, that holds the bytes. The path is good until the next call. */
const char *fuzz_file(const uint8_t *bytes, size_t count);

/* Stop, as a finding, unless a failure left a line and a success left none. */
void fuzz_judge(bool good, const Error *error);

#endif
