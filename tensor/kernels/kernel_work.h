/* kernel_work.h - how much the CPU's kernels have done since the program began: numbers that are
 * the same on a busy machine and an idle one, by which tests notice that a kernel does more than it
 * did. Counted by the matrix products and by Winograd's convolutions, once per task or
 * product.
 */
#ifndef TENSOR_KERNEL_WORK_H
#define TENSOR_KERNEL_WORK_H

#include <stdint.h>

typedef struct KernelWork {
    int64_t multiply_adds; /* issued, with those of rows and columns that do not exist */
    int64_t packed;        /* reals written into panels: copied, or transformed */
} KernelWork;

/* Count more of it; from any thread. */
void kernel_work_add(KernelWork more);

/* The sum until now, of all threads whose kernels have returned. */
KernelWork kernel_work(void);

#endif
