/* The Device "gpu" on top of the porting layer; launches; the registries of kernels and of the
 * functions that launch them. */
#include "cuda/gpu_vector.h"
#include "cuda/port/gpu.h"

/* The registries of the library: the one GPU, its kernels, and the launchers. */
static GpuRuntime runtime;
static GpuKernel *kernels;
static GpuLauncher *launchers;
static char gpu_name[256];
static bool may_round_products = true;

/* The record of a kernel that stopped, at its host and device addresses. */
static const GpuFailure *failure;
static void *failure_on_device;

/* ---- Kernels ---- */

void gpu_register(GpuKernel *kernel) {
    kernel->next = kernels;
    kernels = kernel;
}

void gpu_register_launcher(GpuLauncher *launcher) {
    launcher->next = launchers;
    launchers = launcher;
}

static DeviceKernel gpu_kernel(const char *name) {
    const GpuLauncher *launcher = launchers;
    while (launcher && strcmp(launcher->name, name)) launcher = launcher->next;
    return launcher ? launcher->launch : NULL;
}

const GpuKernel *gpu_kernels(void) {
    return kernels;
}

void gpu_launch(GpuKernel *kernel, int64_t blocks, const void *arguments) {
    if (blocks == 0) return;
    PROMISE(blocks > 0 && blocks <= INT32_MAX, "kernel %s: %lld blocks", kernel->name,
            (long long)blocks);
    if (kernel->launches++ == 0) gpu_runtime_prepare(kernel);
    gpu_runtime_launch(&runtime, kernel, blocks, arguments);
}

bool gpu_may_round_products(void) {
    return may_round_products;
}

static void gpu_round_products(bool may) {
    may_round_products = may;
}

/* ---- Kernels that stop ---- */

GpuFailure *gpu_failure(void) {
    return (GpuFailure *)failure_on_device;
}

const char *gpu_failure_text(void) {
    static char text[256];
    char message[sizeof failure->message];
    if (!failure || !failure->message[0]) return "";
    for (size_t i = 0; i < sizeof message; i++) message[i] = failure->message[i];
    message[sizeof message - 1] = 0;
    snprintf(text, sizeof text, "; a kernel stopped: %s (block %d, thread %d)", message,
             failure->block, failure->thread);
    return text;
}

/* ---- The device ---- */

static void *gpu_allocate(size_t bytes) {
    return gpu_runtime_allocate(bytes);
}

static void gpu_deallocate(void *memory) {
    gpu_runtime_deallocate(memory);
}

static void gpu_upload(void *on_device, const void *on_host, size_t bytes) {
    gpu_runtime_upload(&runtime, on_device, on_host, bytes);
}

static void gpu_download(void *on_host, const void *on_device, size_t bytes) {
    gpu_runtime_download(&runtime, on_host, on_device, bytes);
}

static void gpu_copy(void *destination, const void *source, size_t bytes) {
    gpu_runtime_copy(&runtime, destination, source, bytes);
}

static void gpu_set(void *on_device, int byte, size_t bytes) {
    gpu_runtime_set(&runtime, on_device, byte, bytes);
}

static void gpu_synchronize(void) {
    gpu_runtime_wait(&runtime);
}

typedef struct Fill {
    int64_t n;
    real value;
    real *to;
} Fill;

GPU_KERNEL(fill, GPU_VECTOR_THREADS, Fill) {
    const int64_t i = gpu_vector_index();
    GpuVector value;
    for (int k = 0; k < GPU_VECTOR; k++) value.lane[k] = a->value;
    gpu_vector_store(a->to, i, a->n, value);
}

static void gpu_fill(real *on_device, real value, int64_t count) {
    const Fill arguments = { count, value, on_device };
    gpu_launch(&fill, gpu_vector_blocks(count), &arguments);
}

static void *gpu_allocate_host(size_t bytes) {
    return gpu_runtime_allocate_host(bytes);
}

static void gpu_deallocate_host(void *memory) {
    gpu_runtime_deallocate_host(memory);
}

static void gpu_prefetch(void *on_device, const void *on_host, size_t bytes) {
    gpu_runtime_prefetch(&runtime, on_device, on_host, bytes);
}

static void gpu_begin_use(void) {
    gpu_runtime_begin_use(&runtime);
}

static void gpu_end_use(void) {
    gpu_runtime_end_use(&runtime);
}

static void gpu_prefetched(void) {
    gpu_runtime_prefetched(&runtime);
}

static void gpu_record(void) {
    gpu_runtime_record(&runtime);
}

static void *gpu_recorded(void) {
    return gpu_runtime_recorded(&runtime);
}

static void gpu_replay(void *recording) {
    gpu_runtime_replay(&runtime, recording);
}

static void gpu_forget(void *recording) {
    gpu_runtime_forget(recording);
}

static const Device gpu = {
    .name = "gpu",
    .description = gpu_name,
    .kind = DEVICE_GPU,
    .in_process = GPU_IN_PROCESS,
    .allocate = gpu_allocate,
    .deallocate = gpu_deallocate,
    .upload = gpu_upload,
    .download = gpu_download,
    .copy = gpu_copy,
    .set = gpu_set,
    .fill = gpu_fill,
    .synchronize = gpu_synchronize,
    .kernel = gpu_kernel,
    .allocate_host = gpu_allocate_host,
    .deallocate_host = gpu_deallocate_host,
    .prefetch = gpu_prefetch,
    .begin_use = gpu_begin_use,
    .end_use = gpu_end_use,
    .prefetched = gpu_prefetched,
    .record = gpu_record,
    .recorded = gpu_recorded,
    .replay = gpu_replay,
    .forget = gpu_forget,
    .round_products = gpu_round_products,
};

static const Device *open_gpu(Error *error) {
    if (gpu_name[0]) return &gpu;
    if (!gpu_runtime_open(&runtime, gpu_name, sizeof gpu_name, error)) return NULL;
    failure = (const GpuFailure *)gpu_runtime_allocate_mapped(sizeof *failure, &failure_on_device);
    if (failure) return &gpu;
    gpu_name[0] = 0;
    error_set(error, "device gpu: no memory that the host and the GPU share");
    return NULL;
}

__attribute__((constructor)) static void register_gpu(void) {
    device_register_gpu(open_gpu);
}

Tensor gpu_scratch(int64_t reals) {
    const Tensor scratch = tensor_create(&gpu, shape_1(reals));
    if (!scratch.data) memory_exhausted((size_t)reals * sizeof(real));
    return scratch;
}
