/* peak.c - measures multiply-add throughput and memory bandwidth. */
#include "bench/peak.h"

#include "bench/clock.h"
#include "tensor/kernels/vector.h"
#include "tensor/memory.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *const stream_names[STREAM_KINDS] = { "read", "copy", "triad" };

enum {
    CHAINS = 12, /* at least latency (4 or 5) x units (2); with two factors they fit 16 registers */
    TURNS = 600, /* iterations of the loop in one measurement */
    STEPS = 1000, /* steps per iteration */
    TRIES = 4,
    PASSES = 3
};

/* TURNS times STEPS steps of x = x * factor + term in CHAINS vectors; returns their sum, so that
 * the compiler keeps them. Every bit of the numbers keeps changing, as in real work: on constant
 * numbers a processor draws less power, and some then clock higher. */
static real multiply_add_chains(real factor, real term) {
    Vector chains[CHAINS], sum = { 0 };
    const Vector factors = sum + factor, terms = sum + term;
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < CHAINS; i++) chains[i] = sum + (real)(0.1 * i);
        for (int step = 0; step < STEPS; step++)
            for (int i = 0; i < CHAINS; i++) chains[i] = chains[i] * factors + terms;
        sum *= (real)0.5;
        for (int i = 0; i < CHAINS; i++) sum += chains[i] * (real)0.01;
    }
    return sum[0];
}

void peaks_add_multiply_adds(Peaks *peaks, int threads) {
    const double work = (double)threads * TURNS * STEPS * CHAINS * VECTOR_LANES;
    for (int i = 0; i < TRIES; i++) {
        real sum = 0;
        const double began = bench_now();
#pragma omp parallel reduction(+ : sum)
        sum += multiply_add_chains((real)-1.0003, (real)0.7);
        const double seconds = bench_now() - began;
        PROMISE(isfinite(sum), "the chains of multiply-adds came to %g", (double)sum);
        peaks->multiply_adds = fmax(peaks->multiply_adds, work / seconds);
    }
}

/* ---- Streams ---- */

typedef struct Streams {
    real *a, *b, *c;
    int64_t count;
} Streams;

/* Bytes of the last-level cache that one processor can use. */
static double last_level_cache(void) {
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cache/index3/size", "r");
    double kilobytes = 0;
    if (file && fscanf(file, "%lfK", &kilobytes) != 1) kilobytes = 0;
    if (file) fclose(file);
    const long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
    return kilobytes > 0 ? 1024 * kilobytes : bytes > 0 ? (double)bytes : 32e6;
}

/* The most bytes that all threads may find cached: each may use another cache, which a virtual
 * machine does not report. sysconf adds up all caches of a package. */
static double all_caches(void) {
    const double one = last_level_cache(), package = (double)sysconf(_SC_LEVEL3_CACHE_SIZE);
    return fmax(one, fmin(package, one * omp_get_max_threads()));
}

static Streams streams_create(double bytes_each) {
    Streams streams = { .count = (int64_t)(bytes_each / sizeof(real)) };
    const size_t bytes = (size_t)streams.count * sizeof(real) / 64 * 64;
    streams.count = (int64_t)(bytes / sizeof(real));
    streams.a = aligned_alloc(64, bytes);
    streams.b = aligned_alloc(64, bytes);
    streams.c = aligned_alloc(64, bytes);
    if (!streams.a || !streams.b || !streams.c) memory_exhausted(bytes);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < streams.count; i++) streams.a[i] = streams.b[i] = streams.c[i] = 1;
    return streams;
}

static void streams_destroy(Streams *streams) {
    free(streams->a);
    free(streams->b);
    free(streams->c);
}

/* The sum of x[0..count-1], in as many chains as hide the latency of an addition. */
static real sum_of(const real *x, int64_t count) {
    enum { SUMS = 8, BLOCK = SUMS * VECTOR_LANES };
    Vector sums[SUMS] = { { 0 } };
    for (int64_t i = 0; i + BLOCK <= count; i += BLOCK)
        for (int j = 0; j < SUMS; j++) sums[j] += vector_load(x + i + j * VECTOR_LANES);
    for (int j = 1; j < SUMS; j++) sums[0] += sums[j];
    return sums[0][0];
}

/* One pass; returns the bytes that it reads and writes. */
static double stream_pass(const Streams *streams, StreamKind kind) {
    const int64_t n = streams->count;
    real *restrict a = streams->a;
    const real *restrict b = streams->b, *restrict c = streams->c;
    real sum = 0;
#pragma omp parallel reduction(+ : sum)
    {
        const int64_t threads = omp_get_num_threads(), thread = omp_get_thread_num();
        const int64_t first = n * thread / threads, end = n * (thread + 1) / threads;
        switch (kind) {
        case STREAM_READ:
            sum += sum_of(a + first, end - first);
            break;
        case STREAM_COPY:
            for (int64_t i = first; i < end; i++) a[i] = b[i];
            break;
        default:
            for (int64_t i = first; i < end; i++) a[i] = b[i] + (real)0.5 * c[i];
        }
    }
    PROMISE(kind != STREAM_READ || sum > 0, "the sum of a stream is %g", (double)sum);
    static const int arrays[STREAM_KINDS] = { 1, 2, 3 };
    return (double)arrays[kind] * (double)n * sizeof(real);
}

static void streams_measure(double bytes_each, int passes, double best[STREAM_KINDS]) {
    Streams streams = streams_create(bytes_each);
    for (int kind = 0; kind < STREAM_KINDS; kind++)
        for (int i = 0; i < passes; i++) {
            const double began = bench_now(), bytes = stream_pass(&streams, (StreamKind)kind);
            best[kind] = fmax(best[kind], bytes / (bench_now() - began));
        }
    streams_destroy(&streams);
}

double peaks_far_above_cache(void) {
    return fmin(4 * last_level_cache(), 512e6);
}

double peaks_well_within_cache(void) {
    return last_level_cache() / 8;
}

void peaks_add_streams(Peaks *peaks) {
    streams_measure(peaks_far_above_cache(), PASSES, peaks->memory);
    streams_measure(peaks_well_within_cache(), 20 * PASSES, peaks->cache);
}

static double best_of(const double streams[STREAM_KINDS]) {
    return fmax(streams[STREAM_READ], fmax(streams[STREAM_COPY], streams[STREAM_TRIAD]));
}

double peaks_bandwidth(const Peaks *peaks, double footprint) {
    const double memory = best_of(peaks->memory), cache = fmax(memory, best_of(peaks->cache));
    const double cached = footprint > 0 ? fmin(1, all_caches() / footprint) : 1;
    return 1 / (cached / cache + (1 - cached) / memory);
}
