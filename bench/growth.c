/* growth.c - scaling: time per image should not depend on the batch, and two threads should take
 * half the time of one. */
#include "bench/subject_rows.h"

#include <stdio.h>

enum { BATCHES = 6 };
static const int batches[BATCHES] = { 1, 2, 4, 8, 16, 32 };

static double per_image(const Row *row) {
    return row->seconds / row->images;
}

/* Rows of one case for every batch, each with its time per image over the best one. */
static void measure_batches(Bench *bench, SubjectCase each) {
    Row rows[BATCHES];
    int count = 0;
    double best = INFINITY;
    for (int i = 0; i < BATCHES; i++) {
        each.batch = batches[i];
        if (!bench_time_subject(bench, &each, 0, &rows[count])) continue;
        best = fmin(best, per_image(&rows[count++]));
    }
    for (int i = 0; i < count; i++) {
        rows[i].ratio = per_image(&rows[i]) / best;
        rows[i].ratio_to = "of the best time per image";
        bench_report(bench, rows[i]);
    }
}

static void measure_threads(Bench *bench, const SubjectCase *each) {
    Row one, all;
    if (bench->threads == 1) return;
    if (!bench_time_subject(bench, each, 1, &one)) return;
    bench_report(bench, one);
    const char *filter = bench->filter;
    bench->filter = NULL; /* a row with one thread also measures its counterpart */
    if (bench_time_subject(bench, each, bench->threads, &all)) {
        all.ratio = one.seconds / all.seconds;
        all.ratio_to = "times as fast as one thread";
        bench_report(bench, all);
    }
    bench->filter = filter;
}

void bench_growth(Bench *bench) {
    measure_batches(bench,
                    (SubjectCase){ "compact inference", subject_compact, SUBJECT_INFERENCE, 0 });
    measure_batches(bench, (SubjectCase){ "compact stage 1 training step", subject_compact,
                                          SUBJECT_STAGE_1, 0 });
    const SubjectCase steps[] = {
        { "wrn50 training step", subject_wrn50, SUBJECT_STAGE_1, 8 },
        { "compact stage 1 training step", subject_compact, SUBJECT_STAGE_1, 8 },
        { "compact stage 3 training step", subject_compact, SUBJECT_STAGE_3, 8 },
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) measure_threads(bench, &steps[i]);
}
