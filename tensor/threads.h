/* threads.h - how many threads of the CPU compute. */
#ifndef TENSOR_THREADS_H
#define TENSOR_THREADS_H

/* As many as OMP_NUM_THREADS says; else one for each processor that this process may use, and no
 * more than a quota (cpu_quota.h; 0: none) keeps busy: 1 for 0.5, 2 for 1.5. */
int threads_default(double quota);

/* Compute with so many threads from here on; 0: threads_default. */
void threads_use(int threads);

#endif
