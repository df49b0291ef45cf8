/* What op_check asks of the emulated GPU, which it finds by name as it finds kernels. */
#include "cuda/port/gpu.h"

GPU_LAUNCHER(emulated_shuffle, uint64_t seed) {
    emulated_shuffle(seed);
}

GPU_LAUNCHER(emulated_leave_open, bool open) {
    emulated_leave_open(open);
}
