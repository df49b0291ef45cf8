/* op_check.h - check that an op is right, the library's own or yours.
 *
 *     OpReport report;
 *     Error error = { "" };
 *     if (!op_check(&swish_op, NULL, &report, &error)) ... error.text
 *     puts(op_report_text(&report).text);
 *
 * An op's probe (probe.h) has sample inputs and an oracle for the expected output. op_check checks
 * every case of the probe, and further sizes where a case names its axes (each of them one, all of
 * them one, many):
 *
 *     forward       the shape rule and the CPU's kernel against the oracle: every element within
 *                   200 roundings of the largest
 *     threads       output, gradients and updated inputs have the same bits, run twice in one thread
 *                   and once in 2, 3, ... threads, however short the loops are
 *     accumulation  f(x) + f(x) has twice the gradients of f(x): each is added to what is there
 *     gradient      by differences, in double, for every subset of the differentiable inputs, of
 *                   f(x) and f(x) + f(x), with random cotangents; sharply (gradient_check.h), so
 *                   that no error of 0.1% in a single slope could pass, unless the case is loose
 *     GPU           everything it writes against the CPU, once and accumulating; the same bits in
 *                   every run, each with another order of threads where the GPU is emulated; in
 *                   double, the gradients of its kernels by differences too (probe cases only)
 *
 * During the checks, memory past the end of a tensor is NaN, and in the gradient checks so are the
 * values that backward does not declare as read. NaN fails every check, unless the CPU and the GPU
 * agree on it. An op without a probe fails, and so does one without anything to compare.
 *
 * Gradients need the library built with double (libhadnet-double): in float all else is checked, and
 * the report says so.
 *
 * Not to be called while other threads use the library: how many threads compute, and how values
 * are freed, is set for all and afterwards as it was. A GPU may round products again afterwards.
 */
#ifndef AUTOGRAD_OP_CHECK_H
#define AUTOGRAD_OP_CHECK_H

#include "autograd/graph.h"
#include "autograd/probe.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef enum OpCheckDevices {
    OP_CHECK_ALL, /* the CPU, and the GPU where one answers and the op names a kernel for it */
    OP_CHECK_CPU,
    OP_CHECK_GPU /* the GPU against the CPU alone: without one, the op fails */
} OpCheckDevices;

/* Called after each check: "relu, odd, gradient". failure: NULL where it passed. */
typedef void (*OpCheckListener)(void *context, const char *check, const Error *failure);

/* Zeros for what is usual. */
typedef struct OpCheckOptions {
    OpCheckDevices devices;
    const char *only; /* the case of this name alone; NULL: all */
    int threads;      /* the most; 0: 3 */
    int orders;       /* runs on the GPU for the same bits; 0: 8, and 2 of large inputs */
    uint64_t seed;    /* of the inputs */
    OpCheckListener listener;
    void *context; /* the listener's */
} OpCheckOptions;

/* The extent of the check. An element counts as often as it was compared. */
typedef struct OpReport {
    const char *op;
    int cases, derived; /* all; of them, those derived from axes */
    int checks, failures;
    int64_t largest;       /* elements of the largest input */
    int64_t forward;       /* elements compared with the oracle */
    int64_t same_bits;     /* with those of another run of the CPU */
    int64_t accumulated;   /* gradients, with those of a single share */
    int64_t slopes;        /* gradients, with differences; 0 in float */
    int64_t gpu;           /* elements of the GPU, with the CPU's; 0: no GPU, or no kernels */
    int64_t gpu_same_bits; /* with those of another run of the GPU */
    int64_t gpu_slopes;
    char device[96]; /* the GPU, or why there is none */
} OpReport;

/* Checks the op. options: NULL for the defaults. false: error has the first failure, as "op swish,
 * odd, gradient: inputs 0x1: gradient of input 0, element 3: found ..., expected ...", or the
 * reason why the op is refused. Checks after a failure still run, and count. */
bool op_check(const Op *op, const OpCheckOptions *options, OpReport *report, Error *error);

/* One line for a reader: "op swish: 9 cases, 4 of them derived from axes; compared with ..." */
typedef struct OpReportText {
    char text[640];
} OpReportText;
OpReportText op_report_text(const OpReport *report);

PUBLIC_END

#endif
