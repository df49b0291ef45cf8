/* fiber.h - fibers: cooperative threads, each with its own stack, that run until they switch. */
#ifndef CUDA_EMULATED_FIBER_H
#define CUDA_EMULATED_FIBER_H

typedef struct Fiber Fiber;

/* The fiber that represents the caller's own stack. */
Fiber *fiber_of_caller(void);

/* A fiber that will call enter(context), which must never return. */
Fiber *fiber_create(void (*enter)(void *context), void *context);

/* Leave `from`, which is running, and go on in `to`; returns when something switches back. */
void fiber_switch(Fiber *from, Fiber *to);

#endif
