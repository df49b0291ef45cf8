/* op_run.h - one run of a probe case on a device, as numbers on the host. */
#ifndef AUTOGRAD_OP_RUN_H
#define AUTOGRAD_OP_RUN_H

#include "autograd/op_cases.h"

typedef enum OpPartKind { OP_PART_OUTPUT, OP_PART_INPUT, OP_PART_GRADIENT } OpPartKind;

/* A tensor that the run wrote: the output, an updated input (a running statistic), or the gradient
 * of an input. */
typedef struct OpPart {
    OpPartKind kind;
    int input;
    int64_t count;
    real *values; /* owned */
} OpPart;

typedef struct OpRun {
    int parts;
    OpPart part[1 + 2 * OP_MAX_INPUTS];
} OpRun;

/* Runs forward, and backward from a random cotangent that is the same on every device. twice: f(x)
 * + f(x), whose second share of every gradient accumulates. false: error says why it could not run.
 * Free with op_run_free in either case. */
bool op_run(const Device *device, const Op *op, const ProbeCase *probe, uint64_t seed, bool twice,
            OpRun *run, Error *error);
void op_run_free(OpRun *run);

/* The largest difference of two runs: |found - expected| over the largest |expected| of the part.
 * part -1: no difference. Infinite where only one is NaN, or where the runs have different
 * parts. */
typedef struct OpDifference {
    double off;
    int part;
    int64_t element;
    double found, expected;
} OpDifference;

/* factor: every gradient that is found should be so many times the expected one. */
OpDifference op_run_compare(const OpRun *found, const OpRun *expected, double factor);

/* The first place where the bits differ; part -1: nowhere. */
OpDifference op_run_compare_bits(const OpRun *found, const OpRun *expected);

/* "gradient of input 1" */
typedef struct OpPartText {
    char text[48];
} OpPartText;
OpPartText op_part_text(const OpRun *run, int part);

#endif
