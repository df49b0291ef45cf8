/* gpu_case.h - one run of a probe case on a device, as numbers on the host. */
#ifndef TESTS_GPU_CASE_H
#define TESTS_GPU_CASE_H

#include "tests/op_walk.h"

/* The GPU; NULL after a failure that says why there is none. */
const Device *gpu_for_tests(void);

/* The devices of this program one by one, each as a test case of its own:
 *     for (int i = 0; (device = next_device(&i, "ties"));) */
const Device *next_device(int *i, const char *what);

/* Run what comes next in another order of threads, where the GPU is emulated. */
void gpu_shuffle(uint64_t seed);
bool gpu_is_emulated(void);

/* Whether an emulated GPU need not close its memory to the host, for the sake of speed. */
void gpu_leave_open(bool open);

/* All that a case writes: its output, the gradient of every input that has one, and what the inputs
 * hold afterwards (running statistics). Each part is a tensor. */
enum { CASE_PARTS_MOST = 1 + 2 * OP_MAX_INPUTS };

typedef struct CaseResult {
    int parts;
    int64_t count[CASE_PARTS_MOST];
    real *values[CASE_PARTS_MOST]; /* owned */
} CaseResult;

/* twice: f(x) + f(x), whose second share of every gradient accumulates. false: it could not run,
 * and the test has failed. */
bool case_run(const Device *device, const Op *op, const ProbeCase *probe, bool twice,
              CaseResult *result);
void case_free(CaseResult *result);

/* The largest |a - b| over the largest |b| of the same part; infinite when one is NaN alone. */
double case_distance(const CaseResult *a, const CaseResult *b);

uint64_t case_hash(const CaseResult *result);

#endif
