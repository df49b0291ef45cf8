/* Every kernel of the program must have been launched by the tests before. */
#include "cuda/port/gpu.h"
#include "tests/test.h"

#include <string.h>

TEST_LAST(gpu_coverage_of_kernels) {
    int defined = 0, launched = 0;
    for (const GpuKernel *kernel = gpu_kernels(); kernel; kernel = kernel->next) {
        if (!strncmp(kernel->name, "test_", 5)) continue;
        defined++;
        launched += kernel->launches > 0;
        if (!kernel->launches) test_fail(__FILE__, __LINE__, "kernel %s never ran", kernel->name);
    }
    printf("   kernels launched: %d of %d defined\n", launched, defined);
    CHECK(defined > 0 && launched == defined);
}
