/* gpu_case.c - runs a probe case on a device and copies the results to the host. */
#include "tests/gpu_case.h"

#include "tests/test.h"

/* Not linked in beside a real GPU. */
void emulated_shuffle(uint64_t seed) __attribute__((weak));
void emulated_leave_open(bool open) __attribute__((weak));

const Device *gpu_for_tests(void) {
    Error error = { "" };
    const Device *gpu = device_find("gpu", &error);
    if (!gpu) test_fail(__FILE__, __LINE__, "%s", error.text);
    return gpu;
}

const Device *next_device(int *i, const char *what) {
    const int at = (*i)++;
    if (at > (device_load_gpu(NULL) ? 1 : 0)) return NULL;
    const Device *device = at == 0 ? device_cpu() : gpu_for_tests();
    if (device) test_case("%s, on the %s", what, device->name);
    return device;
}

void gpu_shuffle(uint64_t seed) {
    if (emulated_shuffle) emulated_shuffle(seed);
}

void gpu_leave_open(bool open) {
    if (emulated_leave_open) emulated_leave_open(open);
}

bool gpu_is_emulated(void) {
    return emulated_shuffle != NULL;
}

bool case_run(const Device *device, const Op *op, const ProbeCase *probe, bool twice, OpRun *run) {
    Error error = { "" };
    if (op_run(device, op, probe, 3, twice, run, &error)) return true;
    test_fail(__FILE__, __LINE__, "%s: %s", device->name, error.text);
    return false;
}

bool case_near(const OpRun *found, const OpRun *expected) {
    return op_run_compare(found, expected, 1).off <= 2000 * REAL_EPSILON;
}

bool case_same_bits(const OpRun *found, const OpRun *expected) {
    return op_run_compare_bits(found, expected).part < 0;
}
