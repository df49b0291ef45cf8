/* peak.h - the machine's peaks: multiply-adds and bytes per second.
 *
 * Multiply-adds: chains of vector multiply-adds in registers, enough of them to hide the units'
 * latency, on every thread, with nothing else in the loop. No kernel can multiply faster.
 *
 * Bytes: three loops over arrays of numbers (McCalpin's STREAM): read (the sum of one array), copy,
 * and triad (a = b + s c). They are measured on arrays far larger than the last-level cache, and on
 * arrays that fit it, which may be faster than memory.
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

/* Measure with this many threads (omp_set_num_threads was called), and keep the better result. */
void peaks_add_multiply_adds(Peaks *peaks, int threads); /* takes about 30 ms */
void peaks_add_streams(Peaks *peaks);                    /* takes about 0.5 s */

/* The bandwidth for work on arrays of `footprint` bytes in all: the cache's for the bytes that fit
 * it, as they may remain there from the run before, and the memory's for the rest. */
double peaks_bandwidth(const Peaks *peaks, double footprint);

/* Bytes of each array of a stream. */
double peaks_far_above_cache(void);
double peaks_well_within_cache(void);

#endif
