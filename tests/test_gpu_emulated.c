/* The emulated GPU must catch the mistakes that break on a real one: a barrier left out, or not
 * reached by all threads; a read or a write past an end; an output left unwritten; a missing wait;
 * host access to device memory. Correct kernels must pass in any order of threads. */
#include "cuda/row_tile.h"
#include "tensor/sanitizer.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#ifdef HAS_ADDRESS_SANITIZER
static const bool address_sanitizer = true;
#else
static const bool address_sanitizer = false;
#endif

enum { THREADS = 128, SEEDS = 8 };

/* The arguments of the kernels below. */
typedef struct Arguments {
    const real *x;
    real *y;
    int n, variant;
} Arguments;

typedef struct Tile {
    real row[THREADS];
} Tile;

/* One block of the kernel over x = 1..THREADS; y, which has as many elements, to the host. */
static void run(GpuKernel *kernel, int n, int variant, real *y) {
    const Device *gpu = gpu_for_tests();
    real host[THREADS];
    for (int i = 0; i < THREADS; i++) host[i] = (real)(i + 1);
    Tensor in = tensor_create(gpu, shape_1(THREADS)), out = tensor_create(gpu, shape_1(THREADS));
    tensor_upload(&in, host);
    const Arguments arguments = { in.data, out.data, n, variant };
    gpu_launch(kernel, 1, &arguments);
    tensor_download(&out, y);
    tensor_release(&in);
    tensor_release(&out);
}

static bool any_nan(const real *y) {
    for (int i = 0; i < THREADS; i++)
        if (y[i] != y[i]) return true;
    return false;
}

/* ---- Barriers ---- */

/* y = x backwards, through shared memory; variant 1 leaves the barrier out. */
GPU_KERNEL_SHARED(test_reverse, THREADS, Arguments, Tile) {
    shared->row[gpu_thread()] = a->x[gpu_thread()];
    if (a->variant == 0) gpu_barrier();
    a->y[gpu_thread()] = shared->row[THREADS - 1 - gpu_thread()];
}

static bool reversed(const real *y) {
    for (int i = 0; i < THREADS; i++)
        if (y[i] != (real)(THREADS - i)) return false;
    return true;
}

TEST(emulated_barrier_orders_threads) {
    real y[THREADS];
    for (int seed = 0; seed < SEEDS; seed++) {
        gpu_shuffle((uint64_t)seed);
        run(&test_reverse, THREADS, 0, y);
        CHECK(reversed(y));
        run(&test_reverse, THREADS, 1, y);
        CHECK(!reversed(y) && any_nan(y)); /* the missing barrier shows with every seed */
    }
}

GPU_KERNEL(test_barrier_for_some, THREADS, Arguments) {
    if (gpu_thread() != 77) gpu_barrier();
}

static void barrier_for_some(const void *context) {
    (void)context;
    real y[THREADS];
    run(&test_barrier_for_some, THREADS, 0, y);
}

GPU_KERNEL(test_two_barriers, THREADS, Arguments) {
    if (gpu_thread() < 64)
        gpu_barrier();
    else
        gpu_barrier();
}

static void two_barriers(const void *context) {
    (void)context;
    real y[THREADS];
    run(&test_two_barriers, THREADS, 0, y);
}

GPU_KERNEL(test_shuffle_for_some, THREADS, Arguments) {
    if (gpu_thread() != 5) a->y[gpu_thread()] = gpu_shuffle_xor(a->x[gpu_thread()], 1);
}

static void shuffle_for_some(const void *context) {
    (void)context;
    real y[THREADS];
    run(&test_shuffle_for_some, THREADS, 0, y);
}

TEST(emulated_barrier_that_not_all_reach_is_reported) {
    CHECK_STOPS(barrier_for_some, NULL, "kernel test_barrier_for_some, block 0, thread");
    CHECK_STOPS(barrier_for_some, NULL, "but thread 77 has ended");
    CHECK_STOPS(two_barriers, NULL, "a barrier that thread");
    CHECK_STOPS(shuffle_for_some, NULL, "but thread 5 has ended");
}

/* ---- Warps ---- */

GPU_KERNEL(test_warp, THREADS, Arguments) {
    const int i = gpu_thread();
    real sum = a->x[i];
    for (int mask = GPU_WARP / 2; mask > 0; mask /= 2) sum += gpu_shuffle_xor(sum, mask);
    const uint64_t odd = gpu_ballot(i % 2 == 1);
    a->y[i] = i % 2 ? sum : (real)(odd & 0xff);
}

TEST(emulated_warp_shuffles_and_votes) {
    real y[THREADS];
    for (int seed = 0; seed < SEEDS; seed++) {
        gpu_shuffle((uint64_t)seed);
        run(&test_warp, THREADS, 0, y);
        for (int i = 0; i < THREADS; i++) {
            const int first = i / GPU_WARP * GPU_WARP;
            const int sum = GPU_WARP * (2 * first + GPU_WARP + 1) / 2; /* of first + 1, ... */
            CHECK(y[i] == (i % 2 ? (real)sum : 0xaa));
        }
    }
}

#if GPU_HAS_FRAGMENTS
/* c[16][8] = x[16][8] y'[8][8], where y' is the transpose of the first 8 rows of x. */
GPU_KERNEL(test_fragments, 32, Arguments) {
    const int g = gpu_thread() / 4, t = gpu_thread() % 4;
    const real *x = a->x;
    const float left[4] = { x[g * 8 + t], x[(g + 8) * 8 + t], x[g * 8 + t + 4],
                            x[(g + 8) * 8 + t + 4] };
    const float right[2] = { x[g * 8 + t], x[g * 8 + t + 4] };
    float c[4] = { 0, 0, 0, 0 };
    gpu_multiply_fragments(c, left, right);
    for (int i = 0; i < 4; i++) a->y[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = c[i];
}

/* 1..128 have at most 8 bits, so rounding to tf32 changes nothing, and 1/3 shows that it is done.
 */
TEST(emulated_fragments) {
    real y[THREADS];
    run(&test_fragments, THREADS, 0, y);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 8; j++) {
            int sum = 0;
            for (int k = 0; k < 8; k++) sum += (8 * i + k + 1) * (8 * j + k + 1);
            CHECK(y[8 * i + j] == (real)sum);
        }
    const Device *gpu = gpu_for_tests();
    Tensor in = tensor_create(gpu, shape_1(THREADS)), out = tensor_create(gpu, shape_1(THREADS));
    tensor_fill(&in, (real)(1.0 / 3));
    const Arguments arguments = { in.data, out.data, THREADS, 0 };
    gpu_launch(&test_fragments, 1, &arguments);
    tensor_download(&out, y);
    const double third = 1365.0 / 4096; /* 0.0101010101|01... to 11 digits */
    CHECK((double)y[0] == 8 * third * third);
    tensor_release(&in);
    tensor_release(&out);
}
#endif

/* ---- Memory ---- */

/* y[i] = x[i + 1], which reads past the end; variant 1 also writes there. */
GPU_KERNEL(test_shift, THREADS, Arguments) {
    const int i = gpu_thread();
    a->y[i] = a->x[i + 1];
    if (a->variant == 1 && i == THREADS - 1)
        for (int k = 0; k < 8; k++) a->y[THREADS + k] = 7;
}

GPU_KERNEL(test_leave_one_out, THREADS, Arguments) {
    if (gpu_thread() != 3) a->y[gpu_thread()] = a->x[gpu_thread()];
}

static void read_past_the_end(const void *context) {
    (void)context;
    real y[THREADS];
    run(&test_shift, THREADS, 0, y);
    if (any_nan(y)) fprintf(stderr, "it shows as NaN\n");
    abort();
}

static void write_past_the_end(const void *context) {
    (void)context;
    real y[THREADS];
    memory_poison_released(true);
    run(&test_shift, THREADS, 1, y);
}

TEST(emulated_accesses_past_an_end_show) {
    CHECK_STOPS(read_past_the_end, NULL,
                address_sanitizer ? "AddressSanitizer" : "it shows as NaN");
    CHECK_STOPS(write_past_the_end, NULL, address_sanitizer ? "AddressSanitizer" : "past");
}

TEST(emulated_output_left_unwritten_is_nan) {
    real y[THREADS];
    memory_trim(gpu_for_tests());
    run(&test_leave_one_out, THREADS, 0, y);
    for (int i = 0; i < THREADS; i++) CHECK(i == 3 ? y[i] != y[i] : y[i] == (real)(i + 1));
}

static void touch_device_memory(const void *context) {
    (void)context;
    const Tensor tensor = tensor_create(gpu_for_tests(), shape_1(THREADS));
    tensor_fill(&tensor, 1);
    fprintf(stderr, "found %g\n", (double)*(volatile real *)tensor.data);
}

TEST(emulated_device_memory_is_closed_to_the_host) {
    CHECK_STOPS(touch_device_memory, NULL, "the host touches device memory");
}

/* ---- Asynchronous copies ---- */

typedef struct __attribute__((aligned(16))) Vectors {
    real element[2 * THREADS];
} Vectors;

/* y = x by asynchronous copies of single reals; variant 1 waits for all but the last group only. */
GPU_KERNEL_SHARED(test_copy, THREADS, Arguments, Vectors) {
    const int i = gpu_thread();
    gpu_copy_async_real(&shared->element[i], &a->x[i], true);
    gpu_copy_commit();
    gpu_copy_async_real(&shared->element[THREADS + i], &a->x[i], i < a->n);
    gpu_copy_commit();
    if (a->variant == 0) gpu_copy_wait(0);
    if (a->variant == 1) gpu_copy_wait(1);
    gpu_barrier();
    const int other = THREADS - 1 - i;
    a->y[i] = shared->element[other] + shared->element[THREADS + other];
}

TEST(emulated_asynchronous_copies_must_be_waited_for) {
    real y[THREADS];
    run(&test_copy, 100, 0, y);
    for (int i = 0; i < THREADS; i++) {
        const int other = THREADS - 1 - i;
        CHECK(y[i] == (real)((other + 1) * (other < 100 ? 2 : 1)));
    }
    run(&test_copy, 100, 1, y);
    CHECK(any_nan(y));
}

/* ---- Copies beside the ordered work ---- */

TEST(gpu_prefetch_arrives_at_begin_use) {
    const Device *gpu = gpu_for_tests();
    Tensor waiting = tensor_create(gpu, shape_1(THREADS));
    real *source = gpu->allocate_host(THREADS * sizeof *source), y[THREADS];
    for (int i = 0; i < THREADS; i++) source[i] = (real)i;
    gpu->prefetch(waiting.data, source, sizeof y);
    gpu->begin_use();
    tensor_download(&waiting, y);
    gpu->end_use();
    for (int i = 0; i < THREADS; i++) CHECK(y[i] == (real)i);
    /* A source that changes before it was waited for: the emulated copy is as late as can be. */
    gpu->prefetch(waiting.data, source, sizeof y);
    source[7] = -1;
    gpu->begin_use();
    tensor_download(&waiting, y);
    CHECK(y[7] == -1);
    gpu->end_use();
    gpu->prefetched();
    gpu->deallocate_host(source);
    tensor_release(&waiting);
}

/* ---- Kernels that stop ---- */

/* The first half of gpu_fail: the second would end this program. */
typedef struct Failing {
    GpuFailure *failure;
} Failing;

GPU_KERNEL(test_note_failure, THREADS, Failing) {
    if (gpu_thread() == 70) gpu_note_failure(a->failure, "a broken promise");
}

GPU_KERNEL(test_stop, THREADS, Failing) {
    if (gpu_thread() == 70) gpu_fail(a->failure, "another one");
}

static void fail(const void *context) {
    (void)context;
    const Failing arguments = { gpu_failure() };
    gpu_launch(&test_stop, 1, &arguments);
}

TEST(emulated_kernel_that_stops_leaves_its_message_with_the_host) {
    gpu_for_tests();
    CHECK(!strcmp(gpu_failure_text(), ""));
    const Failing arguments = { gpu_failure() };
    gpu_launch(&test_note_failure, 1, &arguments);
    CHECK(!strcmp(gpu_failure_text(), "; a kernel stopped: a broken promise (block 0, thread 70)"));
    gpu_failure()->message[0] = 0; /* the emulated device and the host have one address for it */
    CHECK_STOPS(fail, NULL, "another one");
}

/* ---- The last rows of a tile ---- */

typedef struct TileEnd {
    int n, width;
    real *y;
} TileEnd;

typedef struct TileRoom {
    real tile[64];
} TileRoom;

/* The tile's first n elements are written, as rows of `width`; y is what its vectors hold. */
GPU_KERNEL_SHARED(test_tile_end, THREADS, TileEnd, TileRoom) {
    const int i = gpu_thread();
    if (i < a->n) shared->tile[i / a->width * (a->width | 1) + i % a->width] = (real)(i + 1);
    gpu_barrier();
    if (i * GPU_VECTOR >= a->n) return;
    const GpuVector v = row_tile_get(shared->tile, i * GPU_VECTOR, a->n, a->width);
    for (int k = 0; k < GPU_VECTOR; k++) a->y[i * GPU_VECTOR + k] = v.lane[k];
}

TEST(emulated_row_tile_reads_nothing_past_its_last_row) {
    const Device *gpu = gpu_for_tests();
    Tensor out = tensor_create(gpu, shape_1(THREADS));
    for (int width = 1; width <= 6; width++)
        for (int rows = 1; rows <= 7; rows++) {
            real y[THREADS];
            const TileEnd arguments = { rows * width, width, out.data };
            gpu_launch(&test_tile_end, 1, &arguments);
            tensor_download(&out, y);
            test_case("emulated row tile, %d rows of %d", rows, width);
            const int vectors = (arguments.n + GPU_VECTOR - 1) / GPU_VECTOR;
            for (int i = 0; i < vectors * GPU_VECTOR; i++)
                CHECK(y[i] == (i < arguments.n ? (real)(i + 1) : 0));
        }
    tensor_release(&out);
}
