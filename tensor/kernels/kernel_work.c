/* kernel_work.c - how much the CPU's kernels have done since the program began: numbers that are
 * the same on a busy machine and an idle one, by which tests notice that a kernel does more than
 * it did. */
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
