/* threads.h - how many threads of the CPU compute, and how they wait for each other. */
#ifndef TENSOR_THREADS_H
#define TENSOR_THREADS_H

#include "tensor/error.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* OMP_NUM_THREADS if set; else one for each processor that this process may use, but no more than a
 * quota keeps busy (cpu_quota.h; 0: no quota): 1 for 0.5, 2 for 1.5. */
int threads_default(double quota);

/* Sets the number of threads, and starts them now; 0: threads_default, or fewer where the system
 * allows no more. OpenMP ends the process when it cannot start a thread, so this first tries to
 * start as many. false: not so many can be started. */
bool threads_use(int threads, Error *error);

/* Call in the first line of main(), with its argv. Between two parallel loops OpenMP's threads wait
 * in a busy loop, for milliseconds by default. That takes the processor from other threads, such as
 * those that load images: with one core too few a training step takes ten times as long. A busy
 * wait of some 200 microseconds bridges the gaps within a kernel; with 20, threads sleep in the
 * middle of a matrix product. The runtime reads its environment before main, so this restarts the
 * program, once. It does not when the environment already sets how to wait, or when the program was
 * started as an argument of the system's loader. */
void threads_wait_politely(char **argv);

PUBLIC_END

#endif
