/* memory.c - device memory: a range of pages that are inaccessible while the host runs.
 *
 * The list of allocations is in order of address, and each is followed by a red zone of NaN. A
 * kernel that reads past an end computes with NaN; a write there is detected when the kernel ends.
 */
#include "cuda/port/emulated/emulator.h"
#include "tensor/error.h"
#include "tensor/memory.h"
#include "tensor/sanitizer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RED_ZONE = 256, ALIGNMENT = 256, STEP = 2 << 20 };

typedef struct Block {
    char *memory;
    size_t bytes; /* a multiple of ALIGNMENT, without the red zone */
    struct Block *next;
} Block;

static char *range;
static size_t range_bytes;  /* half of the machine's memory: a device, too, can be full */
static size_t opened_bytes; /* of the range, from its start: no block ends later */
static int open_count;
static Block *blocks; /* by address */

void emulated_memory_open(void) {
    if (open_count++ == 0 && opened_bytes)
        PROMISE(mprotect(range, opened_bytes, PROT_READ | PROT_WRITE) == 0, "mprotect failed");
}

void emulated_memory_close(void) {
    if (--open_count == 0 && opened_bytes)
        PROMISE(mprotect(range, opened_bytes, PROT_NONE) == 0, "mprotect failed");
}

void emulated_leave_open(bool open) {
    if (open)
        emulated_memory_open();
    else
        emulated_memory_close();
}

/* ---- Stray accesses ---- */

static struct sigaction usual;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    const char *at = info->si_addr;
    if (range && at >= range && at < range + range_bytes) {
        if (open_count)
            emulated_fail("device memory at %p, outside of what is allocated", (void *)at);
        fprintf(stderr, "emulated GPU: the host touches device memory at %p, outside a copy\n",
                (const void *)at);
        abort();
    }
    sigaction(number, &usual, NULL); /* not ours: the access is repeated, and fails */
}

static void watch_for_faults(void) {
    static char stack[64 << 10]; /* the fault may be a stack overflow of a fiber */
    const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    sigaltstack(&alternate, NULL);
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigaction(SIGSEGV, &action, &usual);
}

bool emulated_open(EmulatedRuntime *runtime, Error *error) {
    *runtime = (EmulatedRuntime){ NULL, NULL };
    if (range) return true;
    range_bytes = (size_t)sysconf(_SC_PHYS_PAGES) / 2 * (size_t)sysconf(_SC_PAGESIZE) / STEP * STEP;
    char *room = mmap(NULL, range_bytes + STEP, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return error_no_memory(error, "the emulated GPU: a range of %zu bytes", range_bytes);
    range = room + (STEP - (uintptr_t)room % STEP) % STEP;
#ifdef MADV_HUGEPAGE
    /* Opening and closing costs time for every page: 300 MB of small ones take 11 ms, of huge ones
     * 0.04 ms. The range begins, and grows, in steps of a huge page. */
    madvise(range, range_bytes, MADV_HUGEPAGE);
#endif
    watch_for_faults();
    return true;
}

/* ---- Allocations ---- */

/* The first place with room, after *place; NULL when the range is full. */
static char *find_room(size_t bytes, Block ***place) {
    char *at = range;
    for (*place = &blocks; **place; *place = &(**place)->next) {
        if ((size_t)((**place)->memory - at) >= bytes + RED_ZONE) return at;
        at = (**place)->memory + (**place)->bytes + RED_ZONE;
    }
    return (size_t)(range + range_bytes - at) >= bytes + RED_ZONE ? at : NULL;
}

void *emulated_allocate(size_t bytes) {
    if (bytes > range_bytes) return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    Block **place, *block = malloc(sizeof *block);
    char *memory = find_room(bytes, &place);
    if (!block || !memory) {
        free(block);
        return NULL;
    }
    *block = (Block){ memory, bytes, *place };
    *place = block;
    const size_t end = (size_t)(memory - range) + bytes + RED_ZONE;
    if (end > opened_bytes) {
        opened_bytes = (end + STEP - 1) / STEP * STEP;
        if (opened_bytes > range_bytes) opened_bytes = range_bytes;
        if (open_count)
            PROMISE(mprotect(range, opened_bytes, PROT_READ | PROT_WRITE) == 0, "mprotect failed");
    }
    emulated_memory_open();
    ASAN_UNPOISON_MEMORY_REGION(memory, bytes + RED_ZONE);
    memset(memory, 0xff, bytes + RED_ZONE); /* all ones: NaN */
    ASAN_POISON_MEMORY_REGION(memory + bytes, RED_ZONE);
    emulated_memory_close();
    return memory;
}

/* Returns the pages past the last block, because opening and closing costs time for every page. */
static void shrink(void) {
    size_t end = 0;
    for (const Block *block = blocks; block; block = block->next)
        end = (size_t)(block->memory - range) + block->bytes + RED_ZONE;
    end = (end + STEP - 1) / STEP * STEP;
    if (open_count || end >= opened_bytes) return;
    PROMISE(madvise(range + end, opened_bytes - end, MADV_DONTNEED) == 0, "madvise failed");
    opened_bytes = end;
}

void emulated_deallocate(void *memory) {
    if (!memory) return;
    Block **place = &blocks;
    while (*place && (*place)->memory != memory) place = &(*place)->next;
    PROMISE(*place, "device memory at %p was never allocated", memory);
    Block *block = *place;
    *place = block->next;
    emulated_memory_open();
    ASAN_UNPOISON_MEMORY_REGION(memory, block->bytes);
    memset(memory, 0xff, block->bytes);
    ASAN_POISON_MEMORY_REGION(memory, block->bytes);
    emulated_memory_close();
    free(block);
    shrink();
}

void emulated_memory_check(const char *kernel) {
#ifdef HAS_ADDRESS_SANITIZER
    (void)kernel; /* it has stopped already */
#else
    for (const Block *block = blocks; block; block = block->next) {
        const uint64_t *zone = (const uint64_t *)(block->memory + block->bytes);
        for (size_t i = 0; i < RED_ZONE / sizeof *zone; i++)
            if (zone[i] != UINT64_MAX) {
                fprintf(stderr,
                        "emulated GPU: kernel %s wrote %zu bytes past the end of %zu bytes\n",
                        kernel, i * sizeof *zone, block->bytes);
                abort();
            }
    }
#endif
}
