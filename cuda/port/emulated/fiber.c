/* fiber.c - fibers by a switch of stacks in assembly, or by ucontext. */
#include "cuda/port/emulated/fiber.h"

#include "tensor/error.h"
#include "tensor/memory.h"
#include "tensor/sanitizer.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef HAS_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(__x86_64__) && !defined(__aarch64__)
#define FIBER_BY_UCONTEXT 1
#include <ucontext.h>
#endif

enum { STACK_BYTES = 256 << 10 };

struct Fiber {
#ifdef FIBER_BY_UCONTEXT
    ucontext_t machine;
#else
    void *machine; /* the stack pointer, while it does not run */
#endif
    void (*enter)(void *context);
    void *context;
    void *sanitizer;   /* the stack of locals that AddressSanitizer keeps aside for it */
    const void *stack; /* lowest address; NULL for the caller's own, until it is known */
    size_t bytes;
};

/* The fiber that was left last, and the one that is being entered. */
static Fiber *left, *entered;

static void announce_switch(Fiber *from, Fiber *to) {
    left = from;
    entered = to;
#ifdef HAS_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&from->sanitizer, to->stack, to->bytes);
#endif
}

static void complete_switch(Fiber *now) {
#ifdef HAS_ADDRESS_SANITIZER
    const void *bottom;
    size_t bytes;
    __sanitizer_finish_switch_fiber(now->sanitizer, &bottom, &bytes);
    if (!left->stack) left->stack = bottom, left->bytes = bytes;
#else
    (void)now;
#endif
}

static void fiber_main(void) {
    Fiber *self = entered;
    complete_switch(self);
    self->enter(self->context);
    PROMISE(false, "a fiber returned");
}

#ifdef FIBER_BY_UCONTEXT
static void prepare(Fiber *fiber, char *stack) {
    PROMISE(getcontext(&fiber->machine) == 0, "no context for a fiber");
    fiber->machine.uc_stack.ss_sp = stack;
    fiber->machine.uc_stack.ss_size = STACK_BYTES;
    makecontext(&fiber->machine, fiber_main, 0);
}

static void swap(Fiber *from, Fiber *to) {
    swapcontext(&from->machine, &to->machine);
}
#else
/* Pushes the callee-saved registers, stores the stack pointer to *save, loads `load`, pops.
 * swapcontext would do, but makes two system calls per switch. */
void hadnet_fiber_swap(void **save, void *load);

#ifdef __x86_64__
enum { RETURN_WORD = 6, FRAME_WORDS = 8 };
__asm__(".text\n"
        ".globl hadnet_fiber_swap\n"
        ".type hadnet_fiber_swap, @function\n"
        "hadnet_fiber_swap:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n"
        "    pushq %r13\n    pushq %r14\n    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n"
        "    popq %r12\n    popq %rbx\n    popq %rbp\n"
        "    ret\n"
        ".size hadnet_fiber_swap, .-hadnet_fiber_swap\n");
#else
enum { RETURN_WORD = 11, FRAME_WORDS = 20 };
__asm__(".text\n"
        ".globl hadnet_fiber_swap\n"
        ".type hadnet_fiber_swap, %function\n"
        "hadnet_fiber_swap:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n    ldp x21, x22, [sp, #16]\n"
        "    ldp x23, x24, [sp, #32]\n    ldp x25, x26, [sp, #48]\n"
        "    ldp x27, x28, [sp, #64]\n    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size hadnet_fiber_swap, .-hadnet_fiber_swap\n");
#endif

/* The frame that hadnet_fiber_swap pops when the fiber is first entered: arbitrary registers, and
 * fiber_main as the return address, with the stack aligned as after a call. */
static void prepare(Fiber *fiber, char *stack) {
    uintptr_t *frame = (uintptr_t *)(stack + STACK_BYTES) - FRAME_WORDS;
    for (int i = 0; i < FRAME_WORDS; i++) frame[i] = 0;
    frame[RETURN_WORD] = (uintptr_t)fiber_main;
    fiber->machine = frame;
}

static void swap(Fiber *from, Fiber *to) {
    hadnet_fiber_swap(&from->machine, to->machine);
}
#endif

Fiber *fiber_of_caller(void) {
    return memory_new(1, sizeof(Fiber));
}

Fiber *fiber_create(void (*enter)(void *), void *context) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    Fiber *fiber = fiber_of_caller();
    char *room = mmap(NULL, STACK_BYTES + page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) memory_exhausted(STACK_BYTES + page);
    mprotect(room, page, PROT_NONE); /* an overflow stops here */
    fiber->enter = enter;
    fiber->context = context;
    fiber->stack = room + page;
    fiber->bytes = STACK_BYTES;
    prepare(fiber, room + page);
    return fiber;
}

void fiber_switch(Fiber *from, Fiber *to) {
    announce_switch(from, to);
    swap(from, to);
    complete_switch(from);
}
