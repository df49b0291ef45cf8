/* threads.h - how many threads of the CPU compute, and how they wait for each other. */
#ifndef TENSOR_THREADS_H
#define TENSOR_THREADS_H

#include "tensor/error.h"
#include "tensor/public.h"

PUBLIC_BEGIN

/* As many as OMP_NUM_THREADS says; else one for each processor that this process may use, and no
 * more than a quota (cpu_quota.h; 0: none) keeps busy: 1 for 0.5, 2 for 1.5. */
int threads_default(double quota);

/* Compute with so many threads from here on, which are started now; 0: threads_default, or fewer
 * where the system allows no more. OpenMP ends the process when it cannot start a thread, so this
 * first tries to start as many. false: not so many can be started. */
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
