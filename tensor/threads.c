/* threads.c - the number of threads, tried before OpenMP starts them. */
#include "tensor/threads.h"

#include "tensor/cpu_quota.h"
#include "tensor/memory.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

int threads_default(double quota) {
    const int usual = omp_get_max_threads();
    if (getenv("OMP_NUM_THREADS") || !(quota > 0) || quota >= usual) return usual;
    return (int)ceil(quota);
}

/* Blocks the tried threads until all have been started, because OpenMP's also exist at the same
 * time. */
static void *wait_for_gate(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* How many threads of `most` start beside this one. */
static int startable(int most) {
    pthread_t *threads = memory_new((size_t)most, sizeof *threads);
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    int started = 0;
    pthread_mutex_lock(&gate);
    while (started < most && pthread_create(&threads[started], NULL, wait_for_gate, &gate) == 0)
        started++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&gate);
    free(threads);
    return started;
}

bool threads_use(int threads, Error *error) {
    const int wanted = threads > 0 ? threads : threads_default(cpu_quota(""));
    const int found = 1 + startable(wanted - 1);
    if (found < threads)
        return error_set(error, "%d threads cannot be started; %d can", threads, found);
    omp_set_num_threads(found);
    int running = 0;
#pragma omp parallel reduction(+ : running)
    running++; /* the loop does nothing but start them */
    return running > 0;
}

/* Under a container's quota a busy loop uses up the time for computing. GCC's runtime counts
 * iterations of the loop, LLVM's milliseconds. false: no memory. */
static bool set_waiting(void) {
    const double quota = cpu_quota("");
    const bool limited = quota > 0 && quota < (double)sysconf(_SC_NPROCESSORS_ONLN);
    return setenv("GOMP_SPINCOUNT", limited ? "0" : "10000", 1) == 0 &&
           setenv("KMP_BLOCKTIME", "0", 1) == 0;
}

void threads_wait_politely(char **argv) {
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME")) return;
    /* 0: the system's loader was started, with this program as its argument. Restarting the loader
     * with this program's arguments would run something else. */
    if (!getauxval(AT_BASE)) return;
    if (!set_waiting()) return;    /* the program would restart for ever */
    execv("/proc/self/exe", argv); /* without /proc, continue without a restart */
}
