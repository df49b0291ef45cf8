/* peak_rows.c - the section of hadnet_bench that shows the peaks. */
#include "bench/bench.h"

#include <stdio.h>

/* The best result of one kind, as a row: the time for a fixed amount of work. */
static void report_peak(Bench *bench, const char *name, Row row, double per_second) {
    row.repeats = 1;
    row.seconds = (row.multiply_adds + row.bytes) / per_second;
    snprintf(row.name, sizeof row.name, "%s, %d thread%s", name, row.threads,
             row.threads > 1 ? "s" : "");
    if (bench_wants(bench, row.name)) bench_report(bench, row);
}

static void report_streams(Bench *bench, const char *where, Row row,
                           const double per_second[STREAM_KINDS]) {
    char name[64];
    for (int kind = 0; kind < STREAM_KINDS; kind++) {
        snprintf(name, sizeof name, "%s %s", where, stream_names[kind]);
        report_peak(bench, name, row, per_second[kind]);
    }
}

static void report_peaks(Bench *bench, const Peaks *peaks, int threads) {
    report_peak(bench, "multiply-adds in registers",
                (Row){ .threads = threads, .multiply_adds = 1e9 }, peaks->multiply_adds);
    report_streams(bench, "memory",
                   (Row){ .threads = threads, .bytes = 3 * peaks_far_above_cache() },
                   peaks->memory);
    report_streams(bench, "cache",
                   (Row){ .threads = threads, .bytes = 3 * peaks_well_within_cache() },
                   peaks->cache);
}

/* Report the peaks, which have been measured by now. */
void bench_peak(Bench *bench) {
    report_peaks(bench, &bench->all, bench->threads);
    if (bench->threads > 1) report_peaks(bench, &bench->one, 1);
}
