/* workspace.h - scratch memory for kernels.
 *
 * Each thread owns one buffer per purpose. A buffer only grows and is reused by the next call, so
 * that training steps after the first allocate nothing. Its contents are undefined at every call. A
 * buffer belongs to the kernel that requested it until that kernel returns; a kernel that calls
 * another must use another purpose.
 */
#ifndef TENSOR_WORKSPACE_H
#define TENSOR_WORKSPACE_H

#include "tensor/real.h"

typedef enum WorkspacePurpose {
    WORKSPACE_GEMM_LEFT,         /* packed panels of the left matrix */
    WORKSPACE_GEMM_RIGHT,        /* packed panels of the right matrix, shared by a team */
    WORKSPACE_GEMM_PARTIAL,      /* products of parts of a long depth */
    WORKSPACE_CONV2D,            /* filters in another order, partial gradients */
    WORKSPACE_WINOGRAD_TILES,    /* transformed pixels */
    WORKSPACE_WINOGRAD_FILTERS,  /* filters, or pixels beside pixels */
    WORKSPACE_WINOGRAD_PRODUCTS, /* their products, before the transform of the result */
    WORKSPACE_ROW,               /* one row, beside the row that is being worked on */
    WORKSPACE_OP,                /* of the op that runs: inputs in other orders, partial sums */
    WORKSPACE_PURPOSES
} WorkspacePurpose;

/* At least `count` reals, aligned to 64 bytes, owned by the calling thread. Without memory the
 * program stops with a message: kernels cannot return errors. */
real *workspace_reals(WorkspacePurpose purpose, int64_t count);

/* Returns every thread's buffers to the system. Call it while no kernel runs. */
void workspace_release_all(void);

/* How often workspaces have allocated memory, and how much they hold now. */
int64_t workspace_system_allocations(void);
size_t workspace_bytes(void);

#endif
