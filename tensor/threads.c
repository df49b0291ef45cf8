#include "tensor/threads.h"

#include "tensor/cpu_quota.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

int threads_default(double quota) {
    const int usual = omp_get_max_threads();
    if (getenv("OMP_NUM_THREADS") || !(quota > 0) || quota >= usual) return usual;
    return (int)ceil(quota);
}

void threads_use(int threads) {
    omp_set_num_threads(threads > 0 ? threads : threads_default(cpu_quota("")));
}
