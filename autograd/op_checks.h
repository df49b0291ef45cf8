/* op_checks.h - the single checks that op_check makes of one case. */
#ifndef AUTOGRAD_OP_CHECKS_H
#define AUTOGRAD_OP_CHECKS_H

#include "autograd/gradient_check.h"
#include "autograd/op_check.h"
#include "autograd/op_run.h"

typedef struct Check {
    const Op *op;
    OpCheckOptions options;
    OpReport *report;
    const Device *gpu; /* NULL: none */
    const OpCase *now;
    Error first; /* failure */
} Check;

/* Of the case `now`. false: error says what, where, found and expected. What was compared is added
 * to the report. */
bool check_forward(Check *check, Error *error);
bool check_threads(Check *check, Error *error);
bool check_accumulation(Check *check, Error *error);
bool check_gradients(Check *check, Error *error);

/* Of the case `now`, on check->gpu. */
bool check_against_cpu(Check *check, Error *error);
bool check_orders(Check *check, Error *error);
bool check_gpu_gradients(Check *check, Error *error);

/* Whether the GPU has every kernel that the op needs there. */
bool check_kernels(Check *check, Error *error);

/* ---- For the checks ---- */

#define CHECK_FORWARD_TOLERANCE (200 * REAL_EPSILON)

/* The inputs that can have a gradient. */
unsigned check_differentiable(const Check *check);

/* The case on a device: op_run. */
bool check_run(const Check *check, const Device *device, bool twice, OpRun *run, Error *error);

/* Gradients by differences, of f(x) or f(x) + f(x), on inputs that lie on their device. slopes: how
 * many more were compared. */
bool check_slopes(const Check *check, bool twice, const Tensor *inputs, int64_t *slopes,
                  Error *error);

/* The seed of one of the inputs' fillings. */
uint64_t check_seed(const Check *check, uint64_t part);

int64_t check_elements(const OpRun *run, OpPartKind least);
bool check_same_bits(const OpRun *found, const OpRun *expected, int64_t *compared, Error *error);
bool check_refuse(const OpRun *found, const OpDifference *at, Error *error);

#endif
