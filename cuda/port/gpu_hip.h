/* gpu_hip.h - the porting layer for AMD's HIP (gpu.h says what each name means).
 *
 * Waves have 64 threads on the gfx9 family and 32 on gfx10 and later. Copies into shared memory are
 * plain, and products take the plain form: no fragment of this layout exists.
 */
#ifndef CUDA_GPU_HIP_H
#define CUDA_GPU_HIP_H

#include <hip/hip_runtime.h>

/* ---- Kernels ---- */

/* The host's pass has no wave size; only device code may use it. */
#ifdef __AMDGCN_WAVEFRONT_SIZE
#define GPU_WARP __AMDGCN_WAVEFRONT_SIZE
#else
#define GPU_WARP 64
#endif
#define GPU_DEVICE __device__ __forceinline__
#define GPU_UNROLL _Pragma("unroll")
#define GPU_NO_UNROLL _Pragma("unroll 1")

#define GPU_ENTRY(entry, body, threads, Arguments, Shared)                                \
    extern "C" __global__ void __launch_bounds__(threads) entry(const Arguments a) {      \
        extern __shared__ __attribute__((aligned(16))) unsigned char gpu_shared_memory[]; \
        body(&a, (Shared *)gpu_shared_memory);                                            \
    }

static GPU_DEVICE int gpu_thread(void) {
    return (int)threadIdx.x;
}

static GPU_DEVICE int gpu_block(void) {
    return (int)blockIdx.x;
}

static GPU_DEVICE int gpu_blocks(void) {
    return (int)gridDim.x;
}

static GPU_DEVICE void gpu_barrier(void) {
    __syncthreads();
}

static GPU_DEVICE real gpu_shuffle_xor(real value, int mask) {
    return __shfl_xor(value, mask);
}

static GPU_DEVICE uint64_t gpu_ballot(bool condition) {
    return __ballot(condition);
}

static GPU_DEVICE void gpu_show_host(void) {
    __threadfence_system();
}

static GPU_DEVICE void gpu_trap(const char *message) {
    (void)message;
    __builtin_trap();
}

static GPU_DEVICE void gpu_copy_async(void *shared, const void *global, bool valid) {
    *(int4 *)shared = valid ? *(const int4 *)global : make_int4(0, 0, 0, 0);
}

static GPU_DEVICE void gpu_copy_async_real(real *shared, const real *global, bool valid) {
    *shared = valid ? *global : 0;
}

static GPU_DEVICE void gpu_copy_commit(void) {
}

static GPU_DEVICE void gpu_copy_wait(const int n) {
    (void)n;
}

#define GPU_HAS_FRAGMENTS 0

/* ---- The runtime ---- */

#define GPU_IN_PROCESS false

typedef struct GpuRuntime {
    hipStream_t ordered, beside;    /* all kernels; prefetches */
    hipEvent_t prefetched, end_use; /* of the last prefetch, of the last end_use */
} GpuRuntime;

#define GPU_MUST(call) gpu_must(call, #call)

static inline void gpu_must(hipError_t status, const char *call) {
    PROMISE(status == hipSuccess, "%s: %s%s", call, hipGetErrorString(status), gpu_failure_text());
}

static inline bool gpu_runtime_open(GpuRuntime *runtime, char *name, size_t room, Error *error) {
    int count = 0;
    hipDeviceProp_t properties;
    const hipError_t status = hipGetDeviceCount(&count);
    if (status != hipSuccess || count < 1)
        return error_set(error, "device gpu: no GPU answers (%s)",
                         status == hipSuccess ? "none is there" : hipGetErrorString(status));
    GPU_MUST(hipGetDeviceProperties(&properties, 0));
    /* A GPU that answers may be full, or reserved for another process. */
    hipError_t opened = hipSetDevice(0);
    if (opened == hipSuccess)
        opened = hipStreamCreateWithFlags(&runtime->ordered, hipStreamNonBlocking);
    if (opened == hipSuccess)
        opened = hipStreamCreateWithFlags(&runtime->beside, hipStreamNonBlocking);
    if (opened == hipSuccess)
        opened = hipEventCreateWithFlags(&runtime->prefetched, hipEventDisableTiming);
    if (opened == hipSuccess)
        opened = hipEventCreateWithFlags(&runtime->end_use, hipEventDisableTiming);
    if (opened != hipSuccess)
        return error_set(error, "device gpu: %s cannot be used (%s)", properties.name,
                         hipGetErrorString(opened));
    snprintf(name, room, "%s", properties.name);
    return true;
}

/* A failed allocation is an answer, so its error is cleared before the next call; any other error
 * is a failure. */
static inline void *gpu_allocation(void *memory, hipError_t status) {
    if (status == hipSuccess) return memory;
    PROMISE(status == hipErrorMemoryAllocation, "allocation: %s%s", hipGetErrorString(status),
            gpu_failure_text());
    (void)hipGetLastError();
    return NULL;
}

static inline void *gpu_runtime_allocate(size_t bytes) {
    void *memory = NULL;
    const hipError_t status = hipMalloc(&memory, bytes);
    return gpu_allocation(memory, status);
}

static inline void gpu_runtime_deallocate(void *memory) {
    GPU_MUST(hipFree(memory)); /* waits for all work enqueued so far */
}

static inline void *gpu_runtime_allocate_host(size_t bytes) {
    void *memory = NULL;
    const hipError_t status = hipHostMalloc(&memory, bytes, hipHostMallocDefault);
    return gpu_allocation(memory, status);
}

static inline void gpu_runtime_deallocate_host(void *memory) {
    if (memory) GPU_MUST(hipHostFree(memory));
}

static inline void *gpu_runtime_allocate_mapped(size_t bytes, void **on_device) {
    void *memory = NULL;
    const hipError_t status =
        hipHostMalloc(&memory, bytes, hipHostMallocMapped | hipHostMallocCoherent);
    if (!gpu_allocation(memory, status)) return NULL;
    memset(memory, 0, bytes);
    GPU_MUST(hipHostGetDevicePointer(on_device, memory, 0));
    return memory;
}

/* From pageable memory: the runtime has copied it when the call returns. */
static inline void gpu_runtime_upload(GpuRuntime *runtime, void *to, const void *from,
                                      size_t bytes) {
    GPU_MUST(hipMemcpyAsync(to, from, bytes, hipMemcpyHostToDevice, runtime->ordered));
}

static inline void gpu_runtime_wait(GpuRuntime *runtime) {
    GPU_MUST(hipStreamSynchronize(runtime->ordered));
}

static inline void gpu_runtime_download(GpuRuntime *runtime, void *to, const void *from,
                                        size_t bytes) {
    GPU_MUST(hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToHost, runtime->ordered));
    gpu_runtime_wait(runtime);
}

static inline void gpu_runtime_copy(GpuRuntime *runtime, void *to, const void *from, size_t bytes) {
    GPU_MUST(hipMemcpyAsync(to, from, bytes, hipMemcpyDeviceToDevice, runtime->ordered));
}

static inline void gpu_runtime_set(GpuRuntime *runtime, void *memory, int byte, size_t bytes) {
    GPU_MUST(hipMemsetAsync(memory, byte, bytes, runtime->ordered));
}

static inline void gpu_runtime_prefetch(GpuRuntime *runtime, void *to, const void *from,
                                        size_t bytes) {
    GPU_MUST(hipStreamWaitEvent(runtime->beside, runtime->end_use, 0));
    GPU_MUST(hipMemcpyAsync(to, from, bytes, hipMemcpyHostToDevice, runtime->beside));
    GPU_MUST(hipEventRecord(runtime->prefetched, runtime->beside));
}

static inline void gpu_runtime_begin_use(GpuRuntime *runtime) {
    GPU_MUST(hipStreamWaitEvent(runtime->ordered, runtime->prefetched, 0));
}

static inline void gpu_runtime_end_use(GpuRuntime *runtime) {
    GPU_MUST(hipEventRecord(runtime->end_use, runtime->ordered));
}

static inline void gpu_runtime_prefetched(GpuRuntime *runtime) {
    GPU_MUST(hipEventSynchronize(runtime->prefetched));
}

static inline void gpu_runtime_prepare(const GpuKernel *kernel) {
    if (kernel->shared_bytes > 48 << 10) /* more must be asked for */
        GPU_MUST(hipFuncSetAttribute((const void *)kernel->entry,
                                     hipFuncAttributeMaxDynamicSharedMemorySize,
                                     (int)kernel->shared_bytes));
}

static inline void gpu_runtime_launch(GpuRuntime *runtime, const GpuKernel *kernel, int64_t blocks,
                                      const void *arguments) {
    void *list[] = { (void *)arguments };
    const hipError_t status = hipLaunchKernel((const void *)kernel->entry, dim3((unsigned)blocks),
                                              dim3((unsigned)kernel->threads), list,
                                              kernel->shared_bytes, runtime->ordered);
    PROMISE(status == hipSuccess, "kernel %s, %lld blocks: %s%s", kernel->name, (long long)blocks,
            hipGetErrorString(status), gpu_failure_text());
}

static inline void gpu_runtime_record(GpuRuntime *runtime) {
    GPU_MUST(hipStreamBeginCapture(runtime->ordered, hipStreamCaptureModeRelaxed));
}

static inline void *gpu_runtime_recorded(GpuRuntime *runtime) {
    hipGraph_t graph;
    hipGraphExec_t executable;
    GPU_MUST(hipStreamEndCapture(runtime->ordered, &graph));
    GPU_MUST(hipGraphInstantiate(&executable, graph, NULL, NULL, 0));
    GPU_MUST(hipGraphDestroy(graph));
    return executable;
}

static inline void gpu_runtime_replay(GpuRuntime *runtime, void *recording) {
    GPU_MUST(hipGraphLaunch((hipGraphExec_t)recording, runtime->ordered));
}

static inline void gpu_runtime_forget(void *recording) {
    if (recording) GPU_MUST(hipGraphExecDestroy((hipGraphExec_t)recording));
}

#endif
