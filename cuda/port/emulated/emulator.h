/* emulator.h - a GPU made of fibers; cuda/port/gpu_emulated.h says what it is for.
 *
 *     emulator.h    the interface for the porting layer and the tests
 *     fiber.c       threads of execution that switch cooperatively
 *     block.c       the threads of one block: barriers, warps, asynchronous copies
 *     memory.c      device memory that the host cannot touch
 *     runtime.c     launches, copies, prefetches, recordings
 *     checks.c      functions for op_check, looked up by name
 */
#ifndef CUDA_EMULATED_EMULATOR_H
#define CUDA_EMULATED_EMULATOR_H

#include "tensor/error.h"
#include "tensor/real.h"

/* ---- For tests ---- */

/* Sets the seed of the order in which threads and blocks run from now on. */
void emulated_shuffle(uint64_t seed);

/* Whether device memory stays open to the host. Closing it takes two system calls per kernel, which
 * a test of many thousand launches may avoid. */
void emulated_leave_open(bool open);

/* ---- Kernels: called by a running thread ---- */

typedef void (*EmulatedEntry)(const void *arguments, void *shared);

typedef struct EmulatedKernel {
    const char *name;
    EmulatedEntry entry;
    int threads;
    size_t argument_bytes, shared_bytes;
} EmulatedKernel;

/* The running thread. */
typedef struct EmulatedPlace {
    int thread, block, blocks;
} EmulatedPlace;
extern EmulatedPlace emulated_place;

void emulated_barrier(const char *file, int line);
real emulated_shuffle_xor(real value, int mask, int warp, const char *file, int line);
uint64_t emulated_ballot(bool condition, int warp, const char *file, int line);
void emulated_multiply_fragments(float *c, const float *a, const float *b, const char *file,
                                 int line);
void emulated_copy_async(void *shared, const void *global, size_t bytes, bool valid);
void emulated_copy_commit(void);
void emulated_copy_wait(int groups);

/* Print the message with kernel, block and thread, and abort. */
_Noreturn void emulated_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- Blocks ---- */

/* Runs all blocks, in an order drawn from the current seed. Device memory must be open. */
void emulated_run(const EmulatedKernel *kernel, int64_t blocks, const void *arguments);

/* ---- Memory ---- */

void *emulated_allocate(size_t bytes); /* full of NaN */
void emulated_deallocate(void *memory);

/* Open device memory to kernels and copies; close it again. Calls nest. */
void emulated_memory_open(void);
void emulated_memory_close(void);

/* Stops with an error that names `kernel` if something was written past the end of an
 * allocation. */
void emulated_memory_check(const char *kernel);

/* ---- The runtime ---- */

typedef struct EmulatedRuntime EmulatedRuntime;
typedef struct EmulatedRecording EmulatedRecording;

struct EmulatedRuntime {
    EmulatedRecording *recording;  /* being made now; NULL */
    EmulatedRecording *prefetches; /* enqueued, not yet done: executed as late as allowed */
};

bool emulated_open(EmulatedRuntime *runtime, Error *error);
void emulated_upload(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes);
void emulated_download(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes);
void emulated_copy(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes);
void emulated_set(EmulatedRuntime *runtime, void *memory, int byte, size_t bytes);
void emulated_wait(EmulatedRuntime *runtime);
void emulated_prefetch(EmulatedRuntime *runtime, void *to, const void *from, size_t bytes);
void emulated_begin_use(EmulatedRuntime *runtime);
void emulated_end_use(EmulatedRuntime *runtime);
void emulated_prefetched(EmulatedRuntime *runtime);
void emulated_launch(EmulatedRuntime *runtime, const EmulatedKernel *kernel, int64_t blocks,
                     const void *arguments);
void emulated_record(EmulatedRuntime *runtime);
void *emulated_recorded(EmulatedRuntime *runtime);
void emulated_replay(EmulatedRuntime *runtime, void *recording);
void emulated_forget(void *recording);

#endif
