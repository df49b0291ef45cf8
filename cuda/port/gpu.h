/* gpu.h - the porting layer: everything that the kernels in cuda/ need from a vendor.
 *
 * A kernel is written once, in the common subset of C and CUDA, with the names below. Three headers
 * define these names, and a port to other hardware writes a fourth (PORTING.md):
 *     gpu_cuda.h      what nvcc compiles
 *     gpu_hip.h       what hipcc compiles
 *     gpu_emulated.h  what the C compiler compiles: threads are fibers, and misuse is reported
 *
 *     typedef struct Doubling { int64_t n; const real *x; real *y; } Doubling;
 *     GPU_KERNEL(doubling, 256, Doubling) {
 *         const int64_t i = (int64_t)gpu_block() * 256 + gpu_thread();
 *         if (i < a->n) a->y[i] = 2 * a->x[i];
 *     }
 *     const Doubling arguments = { n, x, y };
 *     gpu_launch(&doubling, gpu_divide_up(n, 256), &arguments);
 *
 * A kernel takes one struct, by value; `a` is its name inside. Its blocks are numbered from 0 in
 * one dimension and have as many threads as its second argument says. GPU_KERNEL_SHARED adds a
 * struct that the threads of a block share, called `shared`; its contents are undefined at first.
 *
 * Device side, defined in each of the three headers. "my" and "I" refer to the calling thread.
 *     GPU_DEVICE                                stands before a function of the device
 *     GPU_ENTRY(entry, body, threads, Arguments, Shared)   defines `entry`, which the runtime
 *                                               launches: it calls body(&arguments, shared memory)
 *     gpu_thread(), gpu_block(), gpu_blocks()   my index in the block, its index, their number
 *     gpu_barrier()                             all threads of the block, or none, wait here
 *     gpu_shuffle_xor(value, mask)              value of the thread of the warp whose lane is mine
 *                                               xor mask; all threads of the warp take part
 *     gpu_ballot(condition)                     bit l: the condition of lane l of my warp
 *     gpu_copy_async(shared, global, valid)     16 bytes, both aligned to 16; zeros if not valid
 *     gpu_copy_async_real(shared, global, valid)   the same for one real
 *     gpu_copy_commit(), gpu_copy_wait(n)       end a group; wait for all but my last n groups,
 *                                               n a constant of 0 to 2 (a barrier then shows
 *                                               them to the others)
 *     GPU_HAS_FRAGMENTS, gpu_multiply_fragments(c, a, b)   see below
 *     gpu_show_host()                           makes my earlier writes visible to the host
 *     gpu_trap(message)                         stop the launch; the message may be lost
 *     GPU_UNROLL, GPU_NO_UNROLL                 stand before a loop
 *     GPU_WARP                                  threads of a warp, 32 or 64: device code alone may
 *                                               depend on it
 *
 * Matrix fragments, where GPU_HAS_FRAGMENTS is 1: c[16][8] += a[16][8] b[8][8] by the 32 threads of
 * a warp, a and b rounded to tf32 (10 bits of fraction, ties away from zero), sums in float. With
 * g = lane / 4 and t = lane % 4 a thread holds
 *     a: (g, t) (g + 8, t) (g, t + 4) (g + 8, t + 4)    b: (t, g) (t + 4, g)
 *     c: (g, 2t) (g, 2t + 1) (g + 8, 2t) (g + 8, 2t + 1)
 *
 * Host side, defined in each of the three headers and used only by cuda/port/device.cu. Kernels,
 * copies and sets enqueued on one GpuRuntime take effect in that order; only allocate, deallocate,
 * download, wait and prefetched make the host wait.
 *     GpuRuntime                                the runtime's own state
 *     GPU_IN_PROCESS                            whether device memory is this process's own, as the
 *                                               emulated GPU's is: then sanitizers watch it, and
 *                                               --device auto does not take it
 *     gpu_runtime_open(r, name, room, error)    the first device, and its name; false: none answers
 *     gpu_runtime_allocate(bytes)               NULL: no room;      gpu_runtime_deallocate(memory)
 *     gpu_runtime_allocate_host(bytes)          memory that prefetch can read; ..._deallocate_host
 *     gpu_runtime_allocate_mapped(bytes, &on_device)   zeros; kernels write to them at on_device,
 *                                               and the host reads them, even after a trap
 *     gpu_runtime_upload(r, to, from, bytes)    `from` may change as soon as it returns
 *     gpu_runtime_download(r, to, from, bytes)
 *     gpu_runtime_copy(r, to, from, bytes)      within the device
 *     gpu_runtime_set(r, memory, byte, bytes)
 *     gpu_runtime_wait(r)                       until all is done
 *     gpu_runtime_prefetch(r, to, from, bytes)  beside the ordered work, after the last end_use
 *     gpu_runtime_begin_use(r)                  ordered work from here on sees what was prefetched
 *     gpu_runtime_end_use(r)                    ... and has read it: it may be overwritten
 *     gpu_runtime_prefetched(r)                 wait until the sources of prefetches may change
 *     gpu_runtime_prepare(kernel)               once, before its first launch
 *     gpu_runtime_launch(r, kernel, blocks, arguments)
 *     gpu_runtime_record(r)                     from here on ordered work is recorded, not done
 *     gpu_runtime_recorded(r)                   until here; returns a handle for
 *     gpu_runtime_replay(r, handle), gpu_runtime_forget(handle)
 */
#ifndef CUDA_GPU_H
#define CUDA_GPU_H

#include "cuda/port/c_headers.h"

C_HEADERS_BEGIN
#include "autograd/graph.h"
#include "tensor/device.h"
#include "tensor/memory.h"
#include "tensor/real.h"
C_HEADERS_END

/* The host's description of a kernel. A registry lists all kernels of the program. */
typedef struct GpuKernel {
    const char *name;
    void (*entry)(void); /* the runtime's entry point, whose type only GPU_ENTRY knows */
    int threads;         /* of a block */
    size_t argument_bytes, shared_bytes;
    int64_t launches; /* so far */
    struct GpuKernel *next;
} GpuKernel;

/* The message of a kernel that stops. It is in host memory that kernels can write, because a trap
 * makes the device's memory, and its printf output, unreadable. */
typedef struct GpuFailure {
    volatile int block, thread;
    volatile char message[120]; /* "": none has */
} GpuFailure;

C_HEADERS_BEGIN

/* For the arguments of a kernel that may call gpu_fail. */
GpuFailure *gpu_failure(void);

/* The kernel's message, to append to the error that the runtime reports:
 * "; a kernel stopped: MESSAGE (block 3, thread 70)", or "". */
const char *gpu_failure_text(void);

C_HEADERS_END

#if defined(__HIPCC__)
#include "cuda/port/gpu_hip.h"
#elif defined(__CUDACC__)
#include "cuda/port/gpu_cuda.h"
#else
#include "cuda/port/gpu_emulated.h"
#endif

/* Stores a message for the host. If several threads do, the host finds one of the messages. */
static GPU_DEVICE void gpu_note_failure(GpuFailure *failure, const char *message) {
    const int most = (int)sizeof failure->message - 1;
    int length = 0;
    for (; message[length] && length < most; length++) failure->message[length] = message[length];
    failure->message[length] = 0;
    failure->block = gpu_block();
    failure->thread = gpu_thread();
    gpu_show_host();
}

/* Stops the program after an internal error. failure: gpu_failure() of the host. */
static GPU_DEVICE void gpu_fail(GpuFailure *failure, const char *message) {
    gpu_note_failure(failure, message);
    gpu_trap(message);
}

#define GPU_KERNEL(name, threads, Arguments) GPU_KERNEL_OF(name, threads, Arguments, void, 0)
#define GPU_KERNEL_SHARED(name, threads, Arguments, Shared) \
    GPU_KERNEL_OF(name, threads, Arguments, Shared, sizeof(Shared))

#define GPU_KERNEL_OF(name, threads, Arguments, Shared, shared_bytes)                           \
    static GPU_DEVICE void name##_body(const Arguments *a, Shared *shared);                     \
    GPU_ENTRY(name##_kernel, name##_body, threads, Arguments, Shared)                           \
    static GpuKernel name = {                                                                   \
        #name, (void (*)(void))name##_kernel, threads, sizeof(Arguments), shared_bytes, 0, NULL \
    };                                                                                          \
    __attribute__((constructor)) static void name##_register(void) {                            \
        gpu_register(&name);                                                                    \
    }                                                                                           \
    static GPU_DEVICE void name##_body(__attribute__((unused)) const Arguments *a,              \
                                       __attribute__((unused)) Shared *shared)

/* The function that the library looks up for KERNEL(name) (autograd/op.h): a host function with the
 * arguments of the CPU's kernel of that name, which launches GPU kernels.
 *     GPU_LAUNCHER(sgd, const Update *update) { ... }
 *     GPU_OP(relu_forward) { ... }     the same for a kernel of an op, with the argument `Node *node` */
typedef struct GpuLauncher {
    const char *name;
    DeviceKernel launch;
    struct GpuLauncher *next;
} GpuLauncher;

#define GPU_OP(name) GPU_LAUNCHER(name, Node *node)
#define GPU_LAUNCHER(name, ...)                                                     \
    static void name##_launch(__VA_ARGS__);                                         \
    __attribute__((constructor)) static void name##_launch_register(void) {         \
        static GpuLauncher launcher = { #name, (DeviceKernel)name##_launch, NULL }; \
        gpu_register_launcher(&launcher);                                           \
    }                                                                               \
    static void name##_launch(__VA_ARGS__)

C_HEADERS_BEGIN

/* Called by GPU_KERNEL and GPU_LAUNCHER, before main or when the kernels' library is loaded. */
void gpu_register(GpuKernel *kernel);
void gpu_register_launcher(GpuLauncher *launcher);

/* The kernels of this program, a list. */
const GpuKernel *gpu_kernels(void);

/* Enqueues a kernel with `blocks` blocks; 0 enqueues nothing. arguments: the kernel's struct;
 * copied. */
void gpu_launch(GpuKernel *kernel, int64_t blocks, const void *arguments);

/* Scratch memory for the kernels of one op: tensor_release it after the launches that use it. Work
 * is ordered, so its next owner uses it only after they are done. */
Tensor gpu_scratch(int64_t reals);

/* Whether the factors of products may be rounded to tf32: the Device.round_products setting. */
bool gpu_may_round_products(void);

C_HEADERS_END

static inline int64_t gpu_divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

#endif
