/* op_axes.h - the sizes at which the walk tries every op, besides those of its own probe. */
#ifndef TESTS_OP_AXES_H
#define TESTS_OP_AXES_H

#include "tests/op_walk.h"

enum { WALK_CASES_MOST = 64, WALK_LARGE = 16384 };

/* A case of its own memory. */
typedef struct WalkCase {
    ProbeCase probe;
    char name[96];
    bool derived;
} WalkCase;

/* The cases of an op: those of its probe, and for every row of the table of axes
 *     each axis of size one, then all of them;
 *     the first axis so long that input 0 has at least WALK_LARGE elements.
 * Returns their number. The cases must stay where they are: they point at their names. */
int walk_cases(const Op *op, WalkCase cases[WALK_CASES_MOST]);

/* The number of elements of a case's largest input. */
int64_t walk_case_elements(const ProbeCase *probe);

#endif
