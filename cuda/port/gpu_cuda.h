/* gpu_cuda.h - the porting layer for NVIDIA's CUDA (gpu.h says what each name means).
 *
 * Compute capability 7.5 is the least. From 8.0 on, copies into shared memory are asynchronous and
 * matrix fragments go to the tensor cores; before, both have a plain form.
 */
#ifndef CUDA_GPU_CUDA_H
#define CUDA_GPU_CUDA_H

#include <cuda_runtime.h>

/* ---- Kernels ---- */

#define GPU_WARP 32
#define GPU_DEVICE __device__ __forceinline__
#define GPU_UNROLL _Pragma("unroll")
#define GPU_NO_UNROLL _Pragma("unroll 1")

/* Requests at least one block per multiprocessor: without a request, the compiler aims at a round
 * number of blocks, and spills a register or two for it. */
#define GPU_ENTRY(entry, body, threads, Arguments, Shared)                 \
    extern "C" __global__ void __launch_bounds__(threads, 1)               \
        entry(const __grid_constant__ Arguments a) {                       \
        extern __shared__ __align__(16) unsigned char gpu_shared_memory[]; \
        body(&a, (Shared *)gpu_shared_memory);                             \
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
    return __shfl_xor_sync(0xffffffffu, value, mask);
}

static GPU_DEVICE uint64_t gpu_ballot(bool condition) {
    return __ballot_sync(0xffffffffu, condition);
}

static GPU_DEVICE void gpu_show_host(void) {
    __threadfence_system();
}

static GPU_DEVICE void gpu_trap(const char *message) {
    (void)message;
    __trap();
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
/* A copy of fewer source bytes than destination bytes fills the rest with zeros. */
static GPU_DEVICE void gpu_copy_async(void *shared, const void *global, bool valid) {
    const unsigned to = (unsigned)__cvta_generic_to_shared(shared);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global),
                 "r"(valid ? 16 : 0)
                 : "memory");
}

static GPU_DEVICE void gpu_copy_async_real(real *shared, const real *global, bool valid) {
    const unsigned to = (unsigned)__cvta_generic_to_shared(shared);
    asm volatile("cp.async.ca.shared.global [%0], [%1], %3, %2;" ::"r"(to), "l"(global),
                 "r"(valid ? (int)sizeof(real) : 0), "n"((int)sizeof(real))
                 : "memory");
}

static GPU_DEVICE void gpu_copy_commit(void) {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

/* The instruction needs a constant: after inlining, one case is left. */
static GPU_DEVICE void gpu_copy_wait(const int n) {
    switch (n) {
    case 0:
        asm volatile("cp.async.wait_group 0;" ::: "memory");
        break;
    case 1:
        asm volatile("cp.async.wait_group 1;" ::: "memory");
        break;
    default:
        asm volatile("cp.async.wait_group 2;" ::: "memory");
    }
}
#else
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
#endif

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800 && !defined(REAL_IS_DOUBLE)
#define GPU_HAS_FRAGMENTS 1
static GPU_DEVICE unsigned gpu_tf32(float x) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return bits;
}

static GPU_DEVICE void gpu_multiply_fragments(float *c, const float *a, const float *b) {
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(gpu_tf32(a[0])), "r"(gpu_tf32(a[1])), "r"(gpu_tf32(a[2])),
                   "r"(gpu_tf32(a[3])), "r"(gpu_tf32(b[0])), "r"(gpu_tf32(b[1])));
}
#else
#define GPU_HAS_FRAGMENTS 0
#endif

/* ---- The runtime ---- */

#define GPU_IN_PROCESS false

typedef struct GpuRuntime {
    cudaStream_t ordered, beside;    /* all kernels; prefetches */
    cudaEvent_t prefetched, end_use; /* of the last prefetch, of the last end_use */
} GpuRuntime;

#define GPU_MUST(call) gpu_must(call, #call)

static inline void gpu_must(cudaError_t status, const char *call) {
    PROMISE(status == cudaSuccess, "%s: %s%s", call, cudaGetErrorString(status),
            gpu_failure_text());
}

static inline bool gpu_runtime_open(GpuRuntime *runtime, char *name, size_t room, Error *error) {
    int count = 0;
    struct cudaDeviceProp properties;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count < 1)
        return error_set(error, "device gpu: no GPU answers (%s)",
                         status == cudaSuccess ? "none is there" : cudaGetErrorString(status));
    GPU_MUST(cudaGetDeviceProperties(&properties, 0));
    if (10 * properties.major + properties.minor < 75)
        return error_set(
            error, "device gpu: no GPU answers (%s has compute capability %d.%d; 7.5 is the least)",
            properties.name, properties.major, properties.minor);
    /* A GPU that answers may be full, or reserved for another process. */
    cudaError_t opened = cudaSetDevice(0);
    if (opened == cudaSuccess)
        opened = cudaStreamCreateWithFlags(&runtime->ordered, cudaStreamNonBlocking);
    if (opened == cudaSuccess)
        opened = cudaStreamCreateWithFlags(&runtime->beside, cudaStreamNonBlocking);
    if (opened == cudaSuccess)
        opened = cudaEventCreateWithFlags(&runtime->prefetched, cudaEventDisableTiming);
    if (opened == cudaSuccess)
        opened = cudaEventCreateWithFlags(&runtime->end_use, cudaEventDisableTiming);
    if (opened != cudaSuccess)
        return error_set(error, "device gpu: %s cannot be used (%s)", properties.name,
                         cudaGetErrorString(opened));
    snprintf(name, room, "%s", properties.name);
    return true;
}

/* A failed allocation is an answer, so its error is cleared before the next call; any other error
 * is a failure. */
static inline void *gpu_allocation(void *memory, cudaError_t status) {
    if (status == cudaSuccess) return memory;
    PROMISE(status == cudaErrorMemoryAllocation, "allocation: %s%s", cudaGetErrorString(status),
            gpu_failure_text());
    (void)cudaGetLastError();
    return NULL;
}

static inline void *gpu_runtime_allocate(size_t bytes) {
    void *memory = NULL;
    const cudaError_t status = cudaMalloc(&memory, bytes);
    return gpu_allocation(memory, status);
}

static inline void gpu_runtime_deallocate(void *memory) {
    GPU_MUST(cudaFree(memory)); /* waits for all work enqueued so far */
}

static inline void *gpu_runtime_allocate_host(size_t bytes) {
    void *memory = NULL;
    const cudaError_t status = cudaMallocHost(&memory, bytes);
    return gpu_allocation(memory, status);
}

static inline void gpu_runtime_deallocate_host(void *memory) {
    if (memory) GPU_MUST(cudaFreeHost(memory));
}

static inline void *gpu_runtime_allocate_mapped(size_t bytes, void **on_device) {
    void *memory = NULL;
    const cudaError_t status = cudaHostAlloc(&memory, bytes, cudaHostAllocMapped);
    if (!gpu_allocation(memory, status)) return NULL;
    memset(memory, 0, bytes);
    GPU_MUST(cudaHostGetDevicePointer(on_device, memory, 0));
    return memory;
}

/* From pageable memory: the runtime has copied it when the call returns. */
static inline void gpu_runtime_upload(GpuRuntime *runtime, void *to, const void *from,
                                      size_t bytes) {
    GPU_MUST(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, runtime->ordered));
}

static inline void gpu_runtime_wait(GpuRuntime *runtime) {
    GPU_MUST(cudaStreamSynchronize(runtime->ordered));
}

static inline void gpu_runtime_download(GpuRuntime *runtime, void *to, const void *from,
                                        size_t bytes) {
    GPU_MUST(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, runtime->ordered));
    gpu_runtime_wait(runtime);
}

static inline void gpu_runtime_copy(GpuRuntime *runtime, void *to, const void *from, size_t bytes) {
    GPU_MUST(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, runtime->ordered));
}

static inline void gpu_runtime_set(GpuRuntime *runtime, void *memory, int byte, size_t bytes) {
    GPU_MUST(cudaMemsetAsync(memory, byte, bytes, runtime->ordered));
}

static inline void gpu_runtime_prefetch(GpuRuntime *runtime, void *to, const void *from,
                                        size_t bytes) {
    GPU_MUST(cudaStreamWaitEvent(runtime->beside, runtime->end_use, 0));
    GPU_MUST(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, runtime->beside));
    GPU_MUST(cudaEventRecord(runtime->prefetched, runtime->beside));
}

static inline void gpu_runtime_begin_use(GpuRuntime *runtime) {
    GPU_MUST(cudaStreamWaitEvent(runtime->ordered, runtime->prefetched, 0));
}

static inline void gpu_runtime_end_use(GpuRuntime *runtime) {
    GPU_MUST(cudaEventRecord(runtime->end_use, runtime->ordered));
}

static inline void gpu_runtime_prefetched(GpuRuntime *runtime) {
    GPU_MUST(cudaEventSynchronize(runtime->prefetched));
}

static inline void gpu_runtime_prepare(const GpuKernel *kernel) {
    if (kernel->shared_bytes > 48 << 10) /* more must be asked for */
        GPU_MUST(cudaFuncSetAttribute((const void *)kernel->entry,
                                      cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      (int)kernel->shared_bytes));
}

static inline void gpu_runtime_launch(GpuRuntime *runtime, const GpuKernel *kernel, int64_t blocks,
                                      const void *arguments) {
    void *list[] = { (void *)arguments };
    const cudaError_t status = cudaLaunchKernel((const void *)kernel->entry, dim3((unsigned)blocks),
                                                dim3((unsigned)kernel->threads), list,
                                                kernel->shared_bytes, runtime->ordered);
    PROMISE(status == cudaSuccess, "kernel %s, %lld blocks: %s%s", kernel->name, (long long)blocks,
            cudaGetErrorString(status), gpu_failure_text());
}

static inline void gpu_runtime_record(GpuRuntime *runtime) {
    GPU_MUST(cudaStreamBeginCapture(runtime->ordered, cudaStreamCaptureModeRelaxed));
}

static inline void *gpu_runtime_recorded(GpuRuntime *runtime) {
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    GPU_MUST(cudaStreamEndCapture(runtime->ordered, &graph));
    GPU_MUST(cudaGraphInstantiate(&executable, graph, 0));
    GPU_MUST(cudaGraphDestroy(graph));
    return executable;
}

static inline void gpu_runtime_replay(GpuRuntime *runtime, void *recording) {
    GPU_MUST(cudaGraphLaunch((cudaGraphExec_t)recording, runtime->ordered));
}

static inline void gpu_runtime_forget(void *recording) {
    if (recording) GPU_MUST(cudaGraphExecDestroy((cudaGraphExec_t)recording));
}

#endif
