/* schedule.h - the learning rate as a pure function of the step number.
 *
 * Steps count from 0. Nothing is remembered between calls, so a resumed run needs no state. */
#ifndef NN_SCHEDULE_H
#define NN_SCHEDULE_H

#include "tensor/public.h"

#include <stdint.h>

PUBLIC_BEGIN

/* base * factor^floor(step / period): the paper's step decay. */
double schedule_step_decay(double base, double factor, int64_t period, int64_t step);

/* From base at step 0 to lowest at step total along half a cosine, and lowest from there on
 * (Loshchilov, Hutter, ICLR 2017, without restarts). */
double schedule_cosine(double base, double lowest, int64_t total, int64_t step);

/* From a 25th of `highest` up to it along half a cosine in the first `rise` (0..1) of the steps, and
 * down to a 250000th along another in the rest: one cycle (Smith, Topin, 2018), with the numbers of
 * PyTorch's OneCycleLR. */
double schedule_one_cycle(double highest, double rise, int64_t total, int64_t step);

/* A factor for the first steps of any schedule: (step + 1) / length, then 1. */
double schedule_warm_up(int64_t length, int64_t step);

PUBLIC_END

#endif
