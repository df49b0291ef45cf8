/* machine.h - describes the machine that a benchmark runs on. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

/* The processor's name, into the buffer; "unknown processor" if the system does not give it. */
const char *machine_model(char *buffer, size_t size);

/* The instruction-set level that this copy of the program is compiled for: "avx512". */
const char *machine_level(void);

/* The most bytes that this process has had resident so far. */
double machine_peak_memory(void);

#endif
