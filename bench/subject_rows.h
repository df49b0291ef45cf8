/* subject_rows.h - rows of hadnet_bench for whole networks. */
#ifndef BENCH_SUBJECT_ROWS_H
#define BENCH_SUBJECT_ROWS_H

#include "bench/bench.h"
#include "bench/subject.h"

typedef struct SubjectCase {
    const char *what;
    bool (*create)(Subject *subject, const Device *device, int batch, SubjectRun kind,
                   Error *error);
    SubjectRun kind;
    int batch;
} SubjectCase;

/* Measure a case into a row that is not reported yet. threads: their number, which the row's name
 * then has; 0: all. false if it was not asked for, or failed. */
bool bench_time_subject(Bench *bench, const SubjectCase *each, int threads, Row *row);

/* Measure and report cases[0..count-1]. The peak of resident memory is that of the process: it is
 * a row's own only if no row before used more. */
void bench_subjects(Bench *bench, const SubjectCase *cases, int count);

#endif
