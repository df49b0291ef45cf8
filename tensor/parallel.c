/* parallel.c - the least amount of work that is shared among threads. */
#include "tensor/parallel.h"

enum { ELEMENTS_LEAST = 16384 };

static bool any_work_pays;

bool parallel_pays_from(int64_t work, int64_t least) {
    return any_work_pays ? work > 0 : work >= least;
}

bool parallel_pays(int64_t elements) {
    return parallel_pays_from(elements, ELEMENTS_LEAST);
}

bool parallel_always(bool always) {
    const bool before = any_work_pays;
    any_work_pays = always;
    return before;
}
