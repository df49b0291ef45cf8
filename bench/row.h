/* row.h - a measured row, and the bench that collects rows (bench.h). */
#ifndef BENCH_ROW_H
#define BENCH_ROW_H

#include "bench/peak.h"
#include "tensor/device.h"
#include "tensor/error.h"

typedef struct Row {
    char name[192];
    double multiply_adds; /* of one run; 0: only bytes count */
    double bytes;         /* the fewest that one run can move; 0: only multiply-adds count */
    double footprint;     /* bytes of all arrays that it moves; 0: as `bytes`, each moved once */
    double images;        /* in one run; 0: not printed */
    int layers;           /* layers of a network that are like this one; 0: not printed */
    int threads;          /* 1, or all that the program may use; 0: all */
    const Device *device; /* where it runs, if not on the device of the peaks; NULL: the CPU */
    /* Measured. */
    const char *section;
    double seconds; /* the median */
    int repeats;
    double peak_memory; /* most bytes resident so far; 0: not printed */
    double ratio;       /* to another row; 0: none */
    const char *ratio_to;
} Row;

typedef struct Bench {
    double seconds; /* for each row */
    int threads;
    const char *filter; /* only rows whose "section name" contains it; NULL: all */
    bool json;
    const Device *device; /* where whole networks run; all else is of the CPU */
    const char *section;  /* the one that is running */
    Peaks one, all;       /* with one thread where `threads` are more, and with `threads` */
    Row *rows;            /* reported so far; owned */
    int count;
    Error error;
} Bench;

/* Whether the row ran with one thread of several; a bench with one thread has all in `all`. */
static inline bool row_has_one_thread(const Bench *bench, const Row *row) {
    return row->threads < bench->threads;
}

/* The fraction of the machine's peak; 0 for a row without work, and for one on a GPU. */
double bench_fraction(const Bench *bench, const Row *row);

#endif
