/* kernel_work.c - the counters behind kernel_work. */
#include "tensor/kernels/kernel_work.h"

#include <stdatomic.h>

static atomic_int_fast64_t multiply_adds, packed;

void kernel_work_add(KernelWork more) {
    atomic_fetch_add_explicit(&multiply_adds, more.multiply_adds, memory_order_relaxed);
    atomic_fetch_add_explicit(&packed, more.packed, memory_order_relaxed);
}

KernelWork kernel_work(void) {
    return (KernelWork){ atomic_load(&multiply_adds), atomic_load(&packed) };
}
