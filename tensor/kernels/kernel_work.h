/* kernel_work.h - counters of the work that the CPU's kernels have done since the program began.
 * The counts do not depend on the load of the machine, so tests use them to find kernels that do
 * more work than before. Matrix products and Winograd's convolutions count, once per task or
 * product.
 */
#ifndef TENSOR_KERNEL_WORK_H
#define TENSOR_KERNEL_WORK_H

#include <stdint.h>

typedef struct KernelWork {
    int64_t multiply_adds; /* issued, including those for rows and columns that do not exist */
    int64_t packed;        /* reals written into panels: copied, or transformed */
} KernelWork;

/* Adds to the counters, from any thread. */
void kernel_work_add(KernelWork more);

/* The current sum over all threads whose kernels have returned. */
KernelWork kernel_work(void);

#endif
