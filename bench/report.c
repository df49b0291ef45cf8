/* report.c - prints rows as text, or a run as JSON. */
#include "bench/report.h"

#include "bench/machine.h"

#include <stdio.h>

static double gflops(double multiply_adds) {
    return 2e-9 * multiply_adds;
}

void report_heading(const Bench *bench) {
    char model[128];
    printf("%s, %s, %d thread%s\n", machine_model(model, sizeof model), machine_level(),
           bench->threads, bench->threads > 1 ? "s" : "");
    printf("%-7s %-50s %12s %5s %10s %10s %8s\n", "section", "row", "median time", "runs",
           "GFLOP/s", "GB/s", "of peak");
}

static void print_time(double seconds) {
    const double scale = seconds < 1e-3 ? 1e6 : seconds < 1 ? 1e3 : 1;
    printf(" %9.3f %-2s", scale * seconds, seconds < 1e-3 ? "us" : seconds < 1 ? "ms" : "s");
}

static void print_rate(double rate) {
    if (rate > 0)
        printf(" %10.2f", rate);
    else
        printf(" %10s", "");
}

void report_line(const Bench *bench, const Row *row) {
    printf("%-7s %-50s", row->section, row->name);
    print_time(row->seconds);
    printf(" %5d", row->repeats);
    print_rate(gflops(row->multiply_adds) / row->seconds);
    print_rate(1e-9 * row->bytes / row->seconds);
    if (row->device)
        printf(" %8s", row->device->name);
    else
        printf(" %7.1f%%", 100 * bench_fraction(bench, row));
    if (row->layers > 0) printf("  x%d", row->layers);
    if (row->images > 0) printf("  %.2f images/s", row->images / row->seconds);
    if (row->peak_memory > 0) printf("  %.0f MB resident at most", 1e-6 * row->peak_memory);
    if (row->ratio > 0) printf("  %.2f %s", row->ratio, row->ratio_to);
    printf("\n");
    fflush(stdout);
}

static void append_streams(JsonText *text, const char *name, const double streams[STREAM_KINDS]) {
    json_append(text, ", \"%s_gbps\": {", name);
    for (int kind = 0; kind < STREAM_KINDS; kind++)
        json_append(text, "%s\"%s\": %.3f", kind ? ", " : "", stream_names[kind],
                    1e-9 * streams[kind]);
    json_append(text, "}");
}

static void append_peaks(JsonText *text, const char *name, int threads, const Peaks *peaks) {
    json_append(text, "\"%s\": {\"threads\": %d, \"gflops\": %.3f", name, threads,
                gflops(peaks->multiply_adds));
    append_streams(text, "memory", peaks->memory);
    append_streams(text, "cache", peaks->cache);
    json_append(text, "}");
}

static void append_row(JsonText *text, const Bench *bench, const Row *row) {
    json_append(text, "{\"section\": \"%s\", \"name\": ", row->section);
    json_append_string(text, row->name);
    json_append(text, ", \"threads\": %d, \"seconds\": %.9g, \"repeats\": %d", row->threads,
                row->seconds, row->repeats);
    if (row->device)
        json_append(text, ", \"device\": \"%s\"", row->device->name);
    else
        json_append(text, ", \"of_peak\": %.4f", bench_fraction(bench, row));
    if (row->multiply_adds > 0)
        json_append(text, ", \"multiply_adds\": %.0f, \"gflops\": %.3f", row->multiply_adds,
                    gflops(row->multiply_adds) / row->seconds);
    if (row->bytes > 0)
        json_append(text, ", \"bytes\": %.0f, \"gbps\": %.3f", row->bytes,
                    1e-9 * row->bytes / row->seconds);
    if (row->layers > 0) json_append(text, ", \"layers\": %d", row->layers);
    if (row->images > 0)
        json_append(text, ", \"images\": %.0f, \"images_per_second\": %.4f", row->images,
                    row->images / row->seconds);
    if (row->peak_memory > 0) json_append(text, ", \"peak_memory\": %.0f", row->peak_memory);
    if (row->ratio > 0) {
        json_append(text, ", \"ratio\": %.4f, \"ratio_to\": ", row->ratio);
        json_append_string(text, row->ratio_to);
    }
    json_append(text, "}");
}

void report_json(const Bench *bench, JsonText *text) {
    char model[128];
    json_append(text, "{\"machine\": {\"model\": ");
    json_append_string(text, machine_model(model, sizeof model));
    json_append(text, ", \"level\": \"%s\", \"threads\": %d},\n\"peaks\": {", machine_level(),
                bench->threads);
    append_peaks(text, "all", bench->threads, &bench->all);
    if (bench->threads > 1) {
        json_append(text, ", ");
        append_peaks(text, "one", 1, &bench->one);
    }
    json_append(text, "},\n\"rows\": [");
    for (int i = 0; i < bench->count; i++) {
        json_append(text, i ? ",\n" : "\n");
        append_row(text, bench, &bench->rows[i]);
    }
    json_append(text, "]}\n");
}
