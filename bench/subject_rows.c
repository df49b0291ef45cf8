/* subject_rows.c - measures steps and inference of whole networks. */
#include "bench/subject_rows.h"

#include "bench/machine.h"

#include <stdio.h>

bool bench_time_subject(Bench *bench, const SubjectCase *each, int threads, Row *row) {
    Subject subject;
    Error error = { "" };
    *row = (Row){ .images = each->batch, .threads = threads };
    if (bench->device->kind != DEVICE_CPU) row->device = bench->device;
    snprintf(row->name, sizeof row->name, "%s, batch %d", each->what, each->batch);
    if (threads > 0)
        snprintf(row->name, sizeof row->name, "%s, batch %d, %d thread%s", each->what, each->batch,
                 threads, threads > 1 ? "s" : "");
    if (!bench_wants(bench, row->name)) return false;
    bool good = each->create(&subject, bench->device, each->batch, each->kind, &error);
    if (!good) bench_fail(bench, &error);
    good = good && bench_time(bench, row, subject_run, &subject);
    if (good) {
        row->multiply_adds = subject_multiply_adds(&subject);
        row->peak_memory = machine_peak_memory();
    }
    subject_destroy(&subject);
    return good;
}

void bench_subjects(Bench *bench, const SubjectCase *cases, int count) {
    for (int i = 0; i < count; i++) {
        Row row;
        if (bench_time_subject(bench, &cases[i], 0, &row)) bench_report(bench, row);
    }
}
