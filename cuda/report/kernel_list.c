/* kernel_list.c - what the host knows of every kernel, a line each, for `./build.sh gpu-report`:
 * name, threads of a block, bytes that they share. */
#include "cuda/port/gpu.h"

int main(void) {
    for (const GpuKernel *kernel = gpu_kernels(); kernel; kernel = kernel->next)
        printf("%s %d %zu\n", kernel->name, kernel->threads, kernel->shared_bytes);
    return 0;
}
