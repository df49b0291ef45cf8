/* checks.c - functions of the emulated GPU that op_check looks up by name, like kernels. */
#include "cuda/port/gpu.h"

GPU_LAUNCHER(emulated_shuffle, uint64_t seed) {
    emulated_shuffle(seed);
}

GPU_LAUNCHER(emulated_leave_open, bool open) {
    emulated_leave_open(open);
}
