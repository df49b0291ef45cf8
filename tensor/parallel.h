/* parallel.h - whether a loop is long enough to run in several threads.
 *
 *     #pragma omp parallel for schedule(static) if (parallel_pays(n))
 *
 * Every loop of the CPU's kernels that sometimes runs in one thread calls these functions, so that
 * a test can run all of them in several threads, however short they are.
 */
#ifndef TENSOR_PARALLEL_H
#define TENSOR_PARALLEL_H

#include "tensor/public.h"

#include <stdbool.h>
#include <stdint.h>

PUBLIC_BEGIN

/* For a loop that does a few operations on each of `elements`. */
bool parallel_pays(int64_t elements);

/* For a loop whose work is counted in another unit: threads pay off from `least` of them on. */
bool parallel_pays_from(int64_t work, int64_t least);

/* true: any amount of work pays off from now on. For tests, whose tensors are small. Must not
 * change while a kernel runs. Returns the previous setting. */
bool parallel_always(bool always);

PUBLIC_END

#endif
