/* op_walk.h - sample inputs for the probes, and the table of every op. */
#ifndef TESTS_OP_WALK_H
#define TESTS_OP_WALK_H

#include "autograd/probe.h"

extern const Op *const op_table[];
extern const int op_count;

/* Input tensors of a probe case, filled as it asks; release with probe_release. */
void probe_inputs(const ProbeCase *probe, uint64_t seed, Tensor *inputs);
void probe_release(const ProbeCase *probe, Tensor *inputs);

#endif
