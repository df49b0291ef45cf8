/* bench.c - times rows: the clock, repetitions, the median, and the filter by name. */
#include "bench/bench.h"

#include "bench/report.h"
#include "tensor/memory.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_REPEATS = 3, MOST_REPEATS = 4096 };

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

bool bench_wants(const Bench *bench, const char *name) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s %s", bench->section, name);
    return !bench->error.text[0] && (!bench->filter || strstr(whole, bench->filter));
}

void bench_fail(Bench *bench, const Error *error) {
    if (!bench->error.text[0]) bench->error = *error;
}

/* Write the seconds of single runs to times[] until the time is up. Returns how many; 0: one
 * failed. */
static int repeat(const Bench *bench, Work work, void *context, double *times, Error *error) {
    const double end = bench_now() + bench->seconds;
    int count = 0;
    while (count < MOST_REPEATS && (count < LEAST_REPEATS || bench_now() < end)) {
        const double began = bench_now();
        if (!work(context, error)) return 0;
        times[count++] = bench_now() - began;
    }
    return count;
}

bool bench_time(Bench *bench, Row *row, Work work, void *context) {
    double times[MOST_REPEATS];
    Error error = { "" };
    if (bench->error.text[0]) return false;
    if (row->threads == 0) row->threads = bench->threads;
    omp_set_num_threads(row->threads);
    row->repeats = work(context, &error) ? repeat(bench, work, context, times, &error) : 0;
    if (row->repeats == 0)
        bench_fail(bench, &error);
    else
        row->seconds = median(times, row->repeats);
    peaks_add_multiply_adds(row_has_one_thread(bench, row) ? &bench->one : &bench->all,
                            row->threads);
    omp_set_num_threads(bench->threads);
    return row->repeats > 0;
}

void bench_report(Bench *bench, Row row) {
    row.section = bench->section;
    bench->rows = memory_resize(bench->rows, (size_t)bench->count + 1, sizeof row);
    bench->rows[bench->count++] = row;
    if (!bench->json) report_line(bench, &row);
}

bool bench_measure(Bench *bench, Row *row, Work work, void *context) {
    if (!bench_wants(bench, row->name) || !bench_time(bench, row, work, context)) return false;
    bench_report(bench, *row);
    return true;
}
