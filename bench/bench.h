/* bench.h - measures rows: the interface for sections of hadnet_bench.
 *
 *     void bench_pool(Bench *bench) {
 *         Row row = { .name = "max 3x3/2", .bytes = 4.0 * elements };
 *         bench_measure(bench, &row, run_pool, &pool);
 *     }
 *
 * A row states how much one run computes or moves. bench_measure warms up, repeats the run for the
 * requested time, at least 3 times, and keeps the median. The result is compared with the machine's
 * peaks (peak.h): the time for the multiply-adds at the measured peak, or for the bytes at the
 * measured bandwidth, whichever is longer, is divided by the row's time. That fraction is 1 for a
 * run that cannot be faster.
 *
 * The peak of multiply-adds is measured again after every row, the bandwidths at every section, and
 * the best counts: on a machine with other work a row may come out too slow, but not above 1.
 *
 * The first failure is kept, and later calls do nothing.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "bench/clock.h"
#include "bench/row.h"

/* The measured function. false: it failed, and the error says why. */
typedef bool (*Work)(void *context, Error *error);

/* Whether a row of that name is asked for, and nothing has failed. */
bool bench_wants(const Bench *bench, const char *name);

/* Run work repeatedly; set seconds, repeats and threads of the row. false after a failure. */
bool bench_time(Bench *bench, Row *row, Work work, void *context);

/* Keep the row, and print it unless the output is JSON, printed at the end. */
void bench_report(Bench *bench, Row row);

/* All three for one row. false if it was not asked for, or failed. */
bool bench_measure(Bench *bench, Row *row, Work work, void *context);

/* Keep the first failure. */
void bench_fail(Bench *bench, const Error *error);

/* ---- The sections, in their order in the table of hadnet_bench.c ---- */

void bench_peak(Bench *bench);
void bench_gemm(Bench *bench);
void bench_conv(Bench *bench);
void bench_norm(Bench *bench);
void bench_pool(Bench *bench);
void bench_resize(Bench *bench);
void bench_hyp(Bench *bench);
void bench_step(Bench *bench);
void bench_infer(Bench *bench);
void bench_growth(Bench *bench);
void bench_ladder(Bench *bench);

#endif
