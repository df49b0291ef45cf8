/* parallel.h - whether a loop is worth waking other threads for.
 *
 *     #pragma omp parallel for schedule(static) if (parallel_pays(n))
 *
 * Every loop of the CPU's kernels that sometimes runs in one thread asks here, so that a test can
 * have all of them run in several, however short they are.
 */
#ifndef TENSOR_PARALLEL_H
#define TENSOR_PARALLEL_H

#include "tensor/public.h"

#include <stdbool.h>
#include <stdint.h>

PUBLIC_BEGIN

/* Of a loop that does a few operations on each of `elements`. */
bool parallel_pays(int64_t elements);

/* Of a loop whose work is counted in another unit: `least` of them are worth it, fewer are not. */
bool parallel_pays_from(int64_t work, int64_t least);

/* From now on any work at all is worth it: for tests, whose tensors are small. Not to be changed
 * while a kernel runs. Returns what held before. */
bool parallel_always(bool always);

PUBLIC_END

#endif
