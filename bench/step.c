/* step.c - one training step of whole networks: forward, backward, optimiser. */
#include "bench/subject_rows.h"

static const SubjectCase cases[] = {
    { "wrn50 training step", subject_wrn50, SUBJECT_STAGE_1, 8 },
    { "compact stage 1 training step", subject_compact, SUBJECT_STAGE_1, 8 },
    { "compact stage 3 training step", subject_compact, SUBJECT_STAGE_3, 8 },
};

void bench_step(Bench *bench) {
    bench_subjects(bench, cases, sizeof cases / sizeof *cases);
}
