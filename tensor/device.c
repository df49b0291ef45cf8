#include "tensor/device.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large blocks start on a huge page, which saves most address-translation misses in convolutions
 * that stride through megabytes. */
enum { HUGE_PAGE = 2 << 20, CACHE_LINE = 64 };

static void *cpu_allocate(size_t bytes) {
    const size_t alignment = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : CACHE_LINE;
    if (bytes > SIZE_MAX - alignment) return NULL;
    const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void *memory = aligned_alloc(alignment, rounded ? rounded : alignment);
#ifdef MADV_HUGEPAGE
    if (memory && alignment == HUGE_PAGE) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    return memory;
}

static void cpu_copy(void *destination, const void *source, size_t bytes) {
    if (bytes) memcpy(destination, source, bytes);
}

static void cpu_zero(void *memory, size_t bytes) {
    if (bytes) memset(memory, 0, bytes);
}

static void cpu_synchronize(void) {
}

static const Device cpu = { "cpu",    DEVICE_CPU, cpu_allocate, free,           cpu_copy,
                            cpu_copy, cpu_copy,   cpu_zero,     cpu_synchronize };

const Device *device_cpu(void) {
    return &cpu;
}

#ifdef HADNET_GPU
const Device *device_gpu(Error *error); /* defined beside the kernels, in cuda/ */
#else
static const Device *device_gpu(Error *error) {
    error_set(error, "device gpu: this program was built without GPU support; use --device cpu");
    return NULL;
}
#endif

const Device *device_find(const char *name, Error *error) {
    if (!strcmp(name, "cpu")) return &cpu;
    if (!strcmp(name, "gpu")) return device_gpu(error);
    error_set(error, "device '%s' is unknown; expected cpu or gpu", name);
    return NULL;
}
