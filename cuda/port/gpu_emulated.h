/* gpu_emulated.h - the porting layer that needs no GPU (gpu.h says what each name means).
 *
 * The C compiler compiles the same kernels, and every thread of a block is a fiber: a barrier
 * switches to another. Errors that are intermittent on real hardware fail here every time:
 * - The order of threads between barriers, and of blocks, is shuffled from a seed, so a missing
 *   barrier changes the result; one that not all threads reach is reported with its place.
 * - Fresh device memory and fresh shared memory are full of NaN, and so is the destination of an
 *   asynchronous copy until it has been waited for: an output left unwritten, a read past an end
 *   and a wait left out all show. A write past an end is found when the kernel ends.
 * - The host cannot touch device memory: outside kernels and copies its pages are closed.
 * - Under AddressSanitizer every access past the end of a tensor or of the shared struct stops.
 * Define GPU_WARP as 64 for the waves of other vendors.
 */
#ifndef CUDA_GPU_EMULATED_H
#define CUDA_GPU_EMULATED_H

#include "cuda/port/emulated/emulator.h"

/* ---- Kernels ---- */

#ifndef GPU_WARP
#define GPU_WARP 32
#endif
#define GPU_DEVICE inline __attribute__((always_inline))
#define GPU_UNROLL
#define GPU_NO_UNROLL

#define GPU_ENTRY(entry, body, threads, Arguments, Shared) \
    static void entry(const void *a, void *shared) {       \
        body(a, shared);                                   \
    }

static inline int gpu_thread(void) {
    return emulated_place.thread;
}

static inline int gpu_block(void) {
    return emulated_place.block;
}

static inline int gpu_blocks(void) {
    return emulated_place.blocks;
}

/* Macros, so that a report can say where. */
#define gpu_barrier() emulated_barrier(__FILE__, __LINE__)
#define gpu_shuffle_xor(value, mask) emulated_shuffle_xor(value, mask, GPU_WARP, __FILE__, __LINE__)
#define gpu_ballot(condition) emulated_ballot(condition, GPU_WARP, __FILE__, __LINE__)
#define gpu_trap(message) emulated_fail("%s", message)

static inline void gpu_show_host(void) {
}

static inline void gpu_copy_async(void *shared, const void *global, bool valid) {
    emulated_copy_async(shared, global, 16, valid);
}

static inline void gpu_copy_async_real(real *shared, const real *global, bool valid) {
    emulated_copy_async(shared, global, sizeof(real), valid);
}

#define gpu_copy_commit emulated_copy_commit
#define gpu_copy_wait emulated_copy_wait

#if defined(REAL_IS_DOUBLE) || GPU_WARP != 32
#define GPU_HAS_FRAGMENTS 0
#else
#define GPU_HAS_FRAGMENTS 1
#define gpu_multiply_fragments(c, a, b) emulated_multiply_fragments(c, a, b, __FILE__, __LINE__)
#endif

/* ---- The runtime ---- */

#define GPU_IN_PROCESS true

typedef EmulatedRuntime GpuRuntime;

static inline bool gpu_runtime_open(GpuRuntime *runtime, char *name, size_t room, Error *error) {
    if (!emulated_open(runtime, error)) return false;
    snprintf(name, room, "emulated GPU");
    return true;
}

#define gpu_runtime_allocate emulated_allocate
#define gpu_runtime_deallocate emulated_deallocate
#define gpu_runtime_allocate_host malloc
#define gpu_runtime_deallocate_host free
static inline void *gpu_runtime_allocate_mapped(size_t bytes, void **on_device) {
    return *on_device = calloc(1, bytes);
}

#define gpu_runtime_upload emulated_upload
#define gpu_runtime_download emulated_download
#define gpu_runtime_copy emulated_copy
#define gpu_runtime_set emulated_set
#define gpu_runtime_wait emulated_wait
#define gpu_runtime_prefetch emulated_prefetch
#define gpu_runtime_begin_use emulated_begin_use
#define gpu_runtime_end_use emulated_end_use
#define gpu_runtime_prefetched emulated_prefetched
#define gpu_runtime_record emulated_record
#define gpu_runtime_recorded emulated_recorded
#define gpu_runtime_replay emulated_replay
#define gpu_runtime_forget emulated_forget

static inline void gpu_runtime_prepare(const GpuKernel *kernel) {
    (void)kernel;
}

static inline void gpu_runtime_launch(GpuRuntime *runtime, const GpuKernel *kernel, int64_t blocks,
                                      const void *arguments) {
    const EmulatedKernel emulated = { kernel->name, (EmulatedEntry)kernel->entry, kernel->threads,
                                      kernel->argument_bytes, kernel->shared_bytes };
    emulated_launch(runtime, &emulated, blocks, arguments);
}

#endif
