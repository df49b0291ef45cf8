/* device.c - the CPU device, and finding devices by name. */
#include "tensor/device.h"
#include "tensor/gpu_library.h"

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

static void cpu_set(void *memory, int byte, size_t bytes) {
    if (bytes) memset(memory, byte, bytes);
}

static void cpu_fill(real *memory, real value, int64_t count) {
    for (int64_t i = 0; i < count; i++) memory[i] = value;
}

/* CPU work is complete when its call returns. */
static void cpu_nothing(void) {
}

static bool may_round_products = true;

bool device_cpu_may_round_products(void) {
    return may_round_products;
}

static void cpu_round_products(bool may) {
    may_round_products = may;
}

static const Device cpu = {
    .name = "cpu",
    .description = "CPU",
    .kind = DEVICE_CPU,
    .in_process = true,
    .allocate = cpu_allocate,
    .deallocate = free,
    .upload = cpu_copy,
    .download = cpu_copy,
    .copy = cpu_copy,
    .set = cpu_set,
    .fill = cpu_fill,
    .synchronize = cpu_nothing,
    .allocate_host = cpu_allocate,
    .deallocate_host = free,
    .prefetch = cpu_copy,
    .begin_use = cpu_nothing,
    .end_use = cpu_nothing,
    .prefetched = cpu_nothing,
    .round_products = cpu_round_products,
};

const Device *device_cpu(void) {
    return &cpu;
}

/* Opens the GPU; NULL while no GPU kernels are loaded in this process. */
static const Device *(*open_gpu)(Error *error);

void device_register_gpu(const Device *(*open)(Error *error)) {
    open_gpu = open;
}

bool device_load_gpu(Error *error) {
    if (open_gpu) return true;
    if (!gpu_library_load(error)) return false;
    return open_gpu || error_set(error, "device gpu: its kernels belong to another build");
}

const Device *device_find(const char *name, Error *error) {
    if (!strcmp(name, "cpu")) return &cpu;
    if (!strcmp(name, "gpu")) return device_load_gpu(error) ? open_gpu(error) : NULL;
    error_set(error, "device '%s' is unknown; expected cpu or gpu", name);
    return NULL;
}

DeviceKernel device_kernel(const Device *device, const char *name) {
    const DeviceKernel kernel = device->kernel(name);
    PROMISE(kernel, "device %s has no kernel %s", device->name, name);
    return kernel;
}
