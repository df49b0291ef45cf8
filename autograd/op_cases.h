/* op_cases.h - the cases that op_check runs: those of an op's probe, and further sizes. */
#ifndef AUTOGRAD_OP_CASES_H
#define AUTOGRAD_OP_CASES_H

#include "autograd/probe.h"

/* A derived case of many rows has at least so many elements in input 0. */
enum { OP_CASE_LARGE = 16384 };

typedef struct OpCase {
    ProbeCase probe;
    char name[96]; /* of a derived case: probe.name points here */
    bool derived;
} OpCase;

/* The cases of an op: those of its probe, and for each that names its axes further ones: each axis
 * of size one, all of size one, and the first so long that input 0 has at least OP_CASE_LARGE
 * elements. The caller frees them. NULL and an error: the op has no probe, or an invalid one. */
OpCase *op_cases(const Op *op, int *count, Error *error);

/* The number of elements of a case's largest input. */
int64_t op_case_elements(const ProbeCase *probe);

/* Input tensors of a case on the CPU, filled as it asks; release with probe_release. */
void probe_inputs(const ProbeCase *probe, uint64_t seed, Tensor *inputs);
void probe_release(const ProbeCase *probe, Tensor *inputs);

#endif
