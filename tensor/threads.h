/* threads.h - how many threads of the CPU compute. */
#ifndef TENSOR_THREADS_H
#define TENSOR_THREADS_H

#include "tensor/error.h"

/* As many as OMP_NUM_THREADS says; else one for each processor that this process may use, and no
 * more than a quota (cpu_quota.h; 0: none) keeps busy: 1 for 0.5, 2 for 1.5. */
int threads_default(double quota);

/* Compute with so many threads from here on, which are started now; 0: threads_default, or fewer
 * where the system gives no more. OpenMP ends the process when it cannot start a thread, so what it
 * will ask for is tried first. false: not so many can be started. */
bool threads_use(int threads, Error *error);

#endif
