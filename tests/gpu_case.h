/* gpu_case.h - the devices of the tests, and a probe case run on each. */
#ifndef TESTS_GPU_CASE_H
#define TESTS_GPU_CASE_H

#include "autograd/op_run.h"

/* The GPU; NULL after a failure that says why there is none. */
const Device *gpu_for_tests(void);

/* The devices of this program one by one, each as a test case of its own:
 *     for (int i = 0; (device = next_device(&i, "ties"));) */
const Device *next_device(int *i, const char *what);

/* Run the following work in another order of threads, if the GPU is emulated. */
void gpu_shuffle(uint64_t seed);
bool gpu_is_emulated(void);

/* Whether an emulated GPU may leave its memory readable by the host, for speed. */
void gpu_leave_open(bool open);

/* op_run (autograd/op_run.h). false: it could not run, and the test fails. */
bool case_run(const Device *device, const Op *op, const ProbeCase *probe, bool twice, OpRun *run);

/* Whether two runs agree within rounding; whether they agree bit for bit. */
bool case_near(const OpRun *found, const OpRun *expected);
bool case_same_bits(const OpRun *found, const OpRun *expected);

#endif
