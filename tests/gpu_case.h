/* gpu_case.h - the devices of the tests, and a probe case run on each. */
#ifndef TESTS_GPU_CASE_H
#define TESTS_GPU_CASE_H

#include "autograd/op_run.h"

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

/* op_run (autograd/op_run.h). false: it could not run, and the test has failed. */
bool case_run(const Device *device, const Op *op, const ProbeCase *probe, bool twice, OpRun *run);

/* Two runs that give the same but for roundings; that give the same bits. */
bool case_near(const OpRun *found, const OpRun *expected);
bool case_same_bits(const OpRun *found, const OpRun *expected);

#endif
