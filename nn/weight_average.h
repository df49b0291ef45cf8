/* weight_average.h - a moving average of a model's weights, which often predicts better than the
 * weights of any one step (Polyak, Juditsky, 1992; as in Mean Teacher, Tarvainen, Valpola, 2017).
 *
 *     WeightAverage *average = weight_average_create(set, 0.999, &error);
 *     ... for every step, after the optimiser's own parts ...
 *     weight_average_prepare(average, step);
 *     weight_average_enqueue(average);
 *     ... to judge or save the averages ...
 *     weight_average_exchange(average);
 *     ...
 *     weight_average_exchange(average);
 *
 * The average covers the parameters that are trained now, and all buffers, so that the running
 * statistics of batch norms fit the averaged weights. A point of a ball moves along the chord,
 * which stays in the ball.
 */
#ifndef NN_WEIGHT_AVERAGE_H
#define NN_WEIGHT_AVERAGE_H

#include "nn/parameters.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef struct WeightAverage {
    ParameterSet *parameters; /* not owned */
    int count;                /* of them */
    ParameterSet *state;      /* owned: buffers named "layer1.0.conv1.weight.average" */
    Parameter **averages;     /* per parameter, in the state; NULL: it is not averaged */
    double decay;
    Tensor rate; /* [1], what the next step adds of the difference */
    Tensor room; /* for the largest parameter */
} WeightAverage;

/* Averages that start at the set's current values; the set must outlive them. decay: in 0..1, the
 * share of the average that a step keeps. NULL and an error when memory runs out. */
WeightAverage *weight_average_create(ParameterSet *set, double decay, Error *error);
void weight_average_destroy(WeightAverage *average); /* NULL is fine */

/* Restarts at the set's current values. */
void weight_average_restart(WeightAverage *average);

/* Sets the rate of a step, counted from 0: the first steps keep less, (1 + step) / (10 + step) at
 * most, so that the average quickly forgets the initial weights. */
void weight_average_prepare(WeightAverage *average, int64_t step);

/* Enqueues average += (1 - kept) (value - average): the same work every time. */
void weight_average_enqueue(WeightAverage *average);

/* Exchanges averages and values, bit for bit; a second call restores them. */
void weight_average_exchange(WeightAverage *average);

/* Copies the averages to the values. */
void weight_average_settle(WeightAverage *average);

PUBLIC_END

/* One element's step. */
static inline HD real weight_average_towards(real average, real value, real rate) {
    return average + rate * (value - average);
}

#endif
