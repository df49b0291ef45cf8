/* kernel_list.c - lists every kernel for `./build.sh gpu-report`: name, threads per block, bytes of
 * shared memory. */
#include "cuda/port/gpu.h"

int main(void) {
    for (const GpuKernel *kernel = gpu_kernels(); kernel; kernel = kernel->next)
        printf("%s %d %zu\n", kernel->name, kernel->threads, kernel->shared_bytes);
    return 0;
}
