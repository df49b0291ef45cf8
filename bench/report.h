/* report.h - the output of a benchmark: lines of text, or one JSON object. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/row.h"
#include "tensor/json.h"

/* The line above the rows. */
void report_heading(const Bench *bench);

void report_line(const Bench *bench, const Row *row);

/* Append {"machine": {...}, "peaks": {...}, "rows": [...]}. Times are in seconds, rates in GFLOP/s
 * (two per multiply-add) and GB/s. */
void report_json(const Bench *bench, JsonText *text);

#endif
