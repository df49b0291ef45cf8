/* row.c - compares a row with the machine's peaks. */
#include "bench/row.h"

double bench_fraction(const Bench *bench, const Row *row) {
    if (row->device) return 0;
    const Peaks *peaks = row_has_one_thread(bench, row) ? &bench->one : &bench->all;
    const double multiplying = row->multiply_adds / peaks->multiply_adds;
    const double footprint = row->footprint > 0 ? row->footprint : row->bytes;
    const double moving = row->bytes / peaks_bandwidth(peaks, footprint);
    return fmax(multiplying, moving) / row->seconds;
}
