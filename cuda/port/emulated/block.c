/* block.c - runs the threads of one block, each as a fiber.
 *
 * A thread runs until it ends or must wait for others: at a barrier for the block, at a shuffle,
 * a ballot or a fragment for its warp. Which thread goes on is drawn at random among those that
 * can. When none can and some have not ended, the kernel has hung: that is reported.
 */
#include "cuda/port/emulated/emulator.h"
#include "cuda/port/emulated/fiber.h"
#include "tensor/error.h"
#include "tensor/memory.h"
#include "tensor/random.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MOST = 1024, WARP_LEAST = 32, WARP_MOST = 64, COPIES_MOST = 128, DEPOSIT_REALS = 6 };

typedef enum State { UNSTARTED, READY, AT_BARRIER, AT_WARP, ENDED } State;

typedef struct AsyncCopy {
    void *to;
    const void *from; /* NULL: zeros */
    size_t bytes;
    int group;
} AsyncCopy;

typedef struct Thread {
    State state;
    Fiber *fiber;
    const char *file; /* where it waits */
    int line;
    int group, copies; /* the open group of asynchronous copies; the number in flight */
    AsyncCopy copy[COPIES_MOST];
} Thread;

/* The values that the lanes of a warp exchange. Two sets alternate: a thread may still read one
 * while the next exchange fills the other, but no thread can be two exchanges ahead. */
typedef struct Warp {
    int arrived, turn;
    real deposit[2][WARP_MOST][DEPOSIT_REALS];
} Warp;

EmulatedPlace emulated_place;

/* The block that runs now; there is one at a time. */
static Thread threads[THREADS_MOST];
static Warp warps[THREADS_MOST / WARP_LEAST + 1];
static int candidates[THREADS_MOST], candidate_count; /* those that can go on */
static int at_barrier, ended;
static const EmulatedKernel *kernel_now;
static const void *arguments_now;
static void *shared_now;
static Fiber *scheduler, *idle[THREADS_MOST];
static int idle_count;
static Random order = { 1 };

void emulated_shuffle(uint64_t seed) {
    order = random_stream(seed, 0xb10c, 0, 0);
}

/* ---- Reports ---- */

void emulated_fail(const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fprintf(stderr, "emulated GPU: kernel %s, block %d, thread %d: %s\n",
            kernel_now ? kernel_now->name : "(none)", emulated_place.block, emulated_place.thread,
            message);
    abort();
}

/* Deadlock: report where one thread waits, and what another does instead. */
static _Noreturn void report_hang(void) {
    int waiting = 0, other = -1;
    while (threads[waiting].state == ENDED) waiting++;
    for (int t = 0; t < kernel_now->threads && other < 0; t++)
        if (threads[t].state != threads[waiting].state || threads[t].line != threads[waiting].line)
            other = t;
    const Thread *thread = &threads[waiting];
    emulated_place.thread = waiting;
    if (other < 0)
        emulated_fail("%s:%d: waits for threads that there are not", thread->file, thread->line);
    if (threads[other].state == ENDED)
        emulated_fail("%s:%d: waits here, but thread %d has ended", thread->file, thread->line,
                      other);
    emulated_fail("%s:%d: waits here, but thread %d waits at %s:%d", thread->file, thread->line,
                  other, threads[other].file, threads[other].line);
}

/* ---- Taking turns ---- */

static void make_ready(int thread) {
    threads[thread].state = READY;
    candidates[candidate_count++] = thread;
}

static void wait_here(State state, const char *file, int line) {
    Thread *thread = &threads[emulated_place.thread];
    thread->state = state;
    thread->file = file;
    thread->line = line;
    fiber_switch(thread->fiber, scheduler);
}

/* A fiber runs one thread after another. */
static void serve(void *context) {
    (void)context;
    for (;;) {
        Thread *thread = &threads[emulated_place.thread];
        Fiber *self = thread->fiber;
        kernel_now->entry(arguments_now, shared_now);
        thread = &threads[emulated_place.thread];
        thread->state = ENDED;
        ended++;
        idle[idle_count++] = self;
        fiber_switch(self, scheduler);
    }
}

static void run_thread(int t) {
    if (threads[t].state == UNSTARTED)
        threads[t].fiber = idle_count ? idle[--idle_count] : fiber_create(serve, NULL);
    emulated_place.thread = t;
    fiber_switch(scheduler, threads[t].fiber);
}

static void run_block(void) {
    const int count = kernel_now->threads;
    memset(shared_now, 0xff, kernel_now->shared_bytes); /* all ones: NaN */
    for (int w = 0; w <= count / WARP_LEAST; w++) warps[w].arrived = warps[w].turn = 0;
    candidate_count = at_barrier = ended = 0;
    for (int t = 0; t < count; t++) {
        threads[t].state = UNSTARTED;
        threads[t].group = threads[t].copies = 0;
        candidates[candidate_count++] = t;
    }
    while (ended < count) {
        if (candidate_count == 0) report_hang();
        /* The upper half times the count: a division here costs more than a switch. */
        const int at = (int)((random_bits(&order) >> 32) * (uint64_t)candidate_count >> 32);
        const int t = candidates[at];
        candidates[at] = candidates[--candidate_count];
        run_thread(t);
    }
}

void emulated_run(const EmulatedKernel *kernel, int64_t blocks, const void *arguments) {
    PROMISE(kernel->threads >= 1 && kernel->threads <= THREADS_MOST, "kernel %s: %d threads",
            kernel->name, kernel->threads);
    PROMISE(blocks <= INT32_MAX, "kernel %s: %lld blocks", kernel->name, (long long)blocks);
    int *place = memory_new((size_t)blocks, sizeof *place);
    /* Allocated with its exact size, so that AddressSanitizer detects accesses past its end. */
    void *shared = NULL;
    if (posix_memalign(&shared, 64, kernel->shared_bytes ? kernel->shared_bytes : 64) != 0)
        memory_exhausted(kernel->shared_bytes);
    shared_now = shared;
    if (!scheduler) scheduler = fiber_of_caller();
    for (int64_t i = 0; i < blocks; i++) place[i] = (int)i;
    random_shuffle(&order, place, (int)blocks);
    kernel_now = kernel;
    arguments_now = arguments;
    emulated_place.blocks = (int)blocks;
    for (int64_t i = 0; i < blocks; i++) {
        emulated_place.block = place[i];
        run_block();
    }
    kernel_now = NULL;
    free(shared_now);
    free(place);
}

/* ---- Barriers ---- */

void emulated_barrier(const char *file, int line) {
    const int count = kernel_now->threads;
    if (++at_barrier < count) {
        wait_here(AT_BARRIER, file, line);
        return;
    }
    at_barrier = 0;
    for (int t = 0; t < count; t++) {
        if (t == emulated_place.thread) continue;
        if (threads[t].line != line || threads[t].file != file)
            emulated_fail("%s:%d: a barrier that thread %d takes for the one at %s:%d", file, line,
                          t, threads[t].file, threads[t].line);
        make_ready(t);
    }
    make_ready(emulated_place.thread); /* so that another thread may run first */
    wait_here(READY, file, line);
}

/* ---- Warps ---- */

/* Waits for the other lanes and exchanges `count` values; returns the values of all lanes. */
static real (*meet(const real *values, int count, int warp, const char *file,
                   int line))[DEPOSIT_REALS] {
    const int first = emulated_place.thread / warp * warp, lane = emulated_place.thread - first;
    const int left = kernel_now->threads - first, lanes = left < warp ? left : warp;
    Warp *mine = &warps[first / warp];
    const int turn = mine->turn;
    memcpy(mine->deposit[turn][lane], values, (size_t)count * sizeof *values);
    if (++mine->arrived < lanes) {
        wait_here(AT_WARP, file, line);
        return mine->deposit[turn];
    }
    mine->arrived = 0;
    mine->turn = 1 - turn;
    for (int t = first; t < first + lanes; t++) {
        if (t == emulated_place.thread) continue;
        if (threads[t].line != line || threads[t].file != file)
            emulated_fail("%s:%d: the warp meets here, but thread %d at %s:%d", file, line, t,
                          threads[t].file, threads[t].line);
        make_ready(t);
    }
    make_ready(emulated_place.thread);
    wait_here(READY, file, line);
    return mine->deposit[turn];
}

real emulated_shuffle_xor(real value, int mask, int warp, const char *file, int line) {
    const int lane = emulated_place.thread % warp, other = lane ^ mask;
    const int lanes_left = kernel_now->threads - emulated_place.thread + lane;
    if (mask < 0 || other >= (lanes_left < warp ? lanes_left : warp))
        emulated_fail("%s:%d: a shuffle with lane %d, which is not there", file, line, other);
    return meet(&value, 1, warp, file, line)[other][0];
}

uint64_t emulated_ballot(bool condition, int warp, const char *file, int line) {
    const real vote = condition;
    const int first = emulated_place.thread / warp * warp;
    const int left = kernel_now->threads - first;
    real(*votes)[DEPOSIT_REALS] = meet(&vote, 1, warp, file, line);
    uint64_t bits = 0;
    for (int lane = 0; lane < warp && lane < left; lane++)
        bits |= (uint64_t)(votes[lane][0] != 0) << lane;
    return bits;
}

/* Drops 13 of the 23 bits of a float's fraction: rounds to nearest, ties away from zero. NaN and
 * infinity do not change. */
static float tf32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7f800000u) != 0x7f800000u) bits = (bits + 0x1000u) & ~0x1fffu;
    memcpy(&x, &bits, sizeof x);
    return x;
}

void emulated_multiply_fragments(float *c, const float *a, const float *b, const char *file,
                                 int line) {
    const int lane = emulated_place.thread % 32, group = lane / 4, pair = lane % 4;
    const real values[DEPOSIT_REALS] = { tf32(a[0]), tf32(a[1]), tf32(a[2]),
                                         tf32(a[3]), tf32(b[0]), tf32(b[1]) };
    real(*held)[DEPOSIT_REALS] = meet(values, DEPOSIT_REALS, 32, file, line);
    for (int i = 0; i < 4; i++) {
        const int column = 2 * pair + i % 2, lower = i / 2; /* rows group and group + 8 */
        float sum = 0;
        for (int k = 0; k < 8; k++)
            sum += (float)held[4 * group + k % 4][lower + 2 * (k / 4)] *
                   (float)held[4 * column + k % 4][4 + k / 4];
        c[i] += sum;
    }
}

/* ---- Asynchronous copies ---- */

void emulated_copy_async(void *shared, const void *global, size_t bytes, bool valid) {
    Thread *thread = &threads[emulated_place.thread];
    if ((uintptr_t)shared % bytes || (valid && (uintptr_t)global % bytes))
        emulated_fail("an asynchronous copy of %zu bytes between addresses that are no multiple",
                      bytes);
    if (thread->copies == COPIES_MOST) emulated_fail("more than %d copies under way", COPIES_MOST);
    memset(shared, 0xff, bytes); /* NaN until it has been waited for */
    thread->copy[thread->copies++] =
        (AsyncCopy){ shared, valid ? global : NULL, bytes, thread->group };
}

void emulated_copy_commit(void) {
    threads[emulated_place.thread].group++;
}

void emulated_copy_wait(int groups) {
    Thread *thread = &threads[emulated_place.thread];
    int kept = 0;
    for (int i = 0; i < thread->copies; i++) {
        const AsyncCopy copy = thread->copy[i];
        if (copy.group >= thread->group - groups)
            thread->copy[kept++] = copy;
        else if (copy.from)
            memcpy(copy.to, copy.from, copy.bytes);
        else
            memset(copy.to, 0, copy.bytes);
    }
    thread->copies = kept;
}
