/* infer.c - inference of whole networks. */
#include "bench/subject_rows.h"

static const SubjectCase cases[] = {
    { "wrn50 inference", subject_wrn50, SUBJECT_INFERENCE, 1 },
    { "wrn50 inference", subject_wrn50, SUBJECT_INFERENCE, 8 },
    { "compact inference", subject_compact, SUBJECT_INFERENCE, 1 },
    { "compact inference", subject_compact, SUBJECT_INFERENCE, 8 },
};

void bench_infer(Bench *bench) {
    bench_subjects(bench, cases, sizeof cases / sizeof *cases);
}
