/* fiber.h - threads of execution that hand over to each other: each has a stack of its own, and
 * runs until it switches. */
#ifndef CUDA_EMULATED_FIBER_H
#define CUDA_EMULATED_FIBER_H

typedef struct Fiber Fiber;

/* The fiber that stands for the caller's own stack. */
Fiber *fiber_of_caller(void);

/* A fiber that will call enter(context), which must never return. */
Fiber *fiber_create(void (*enter)(void *context), void *context);

/* Leave `from`, which is running, and go on in `to`; returns when something switches back. */
void fiber_switch(Fiber *from, Fiber *to);

#endif
