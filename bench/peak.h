/* peak.h - what this machine can do: multiply-adds, and bytes, per second.
 *
 * Multiply-adds: chains of vector multiply-adds in registers, more chains than the units have
 * latency, on every thread; nothing else is in the loop. No kernel can multiply faster.
 *
 * Bytes: three loops over arrays of numbers (McCalpin's STREAM): read (the sum of one array), copy,
 * and triad (a = b + s c). Once on arrays far larger than the last-level cache, and once on arrays
 * that fit it, as work that fits it may well be faster than memory.
 */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "tensor/real.h"

typedef enum StreamKind { STREAM_READ, STREAM_COPY, STREAM_TRIAD, STREAM_KINDS } StreamKind;

extern const char *const stream_names[STREAM_KINDS];

/* The best of all measurements so far, per second. */
typedef struct Peaks {
    double multiply_adds;
    double memory[STREAM_KINDS], cache[STREAM_KINDS]; /* bytes */
} Peaks;

/* Measure with so many threads (omp_set_num_threads was called), and keep what is better. */
void peaks_add_multiply_adds(Peaks *peaks, int threads); /* takes about 30 ms */
void peaks_add_streams(Peaks *peaks);                    /* takes about 0.5 s */

/* The highest bandwidth of work on arrays of so many bytes in all: the cache's for what fits it, as
 * it may still be there from the run before, and the memory's for the rest. */
double peaks_bandwidth(const Peaks *peaks, double footprint);

/* Bytes of each array of a stream. */
double peaks_far_above_cache(void);
double peaks_well_within_cache(void);

#endif
