/* initialise.h - initial values of weights.
 *
 * Kaiming (He et al., ICCV 2015) keeps the variance of activations (fan in) or of gradients (fan
 * out) through a layer followed by a ReLU; Xavier (Glorot, Bengio, AISTATS 2010) is the compromise
 * for layers without one. A parameter's values come from the seed and its own name, so they depend
 * neither on the order of creation nor on the other parameters of the model.
 *
 * Weights are [out, in] or [out, kernel_h, kernel_w, in / groups]. fan_in is in * kernel area over
 * groups, fan_out is out * kernel area, as in PyTorch.
 */
#ifndef NN_INITIALISE_H
#define NN_INITIALISE_H

#include "autograd/graph.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef enum Fan { FAN_IN, FAN_OUT } Fan;

double initialise_fan(const Shape *shape, Fan fan);

void initialise_normal(const Parameter *parameter, uint64_t seed, double deviation);
void initialise_uniform(const Parameter *parameter, uint64_t seed,
                        double bound); /* [-bound,bound) */

/* For relu: variance 2 / fan. */
void initialise_kaiming_normal(const Parameter *parameter, uint64_t seed, Fan fan);
void initialise_kaiming_uniform(const Parameter *parameter, uint64_t seed, Fan fan);

/* Variance 2 / (fan_in + fan_out). */
void initialise_xavier_uniform(const Parameter *parameter, uint64_t seed);

PUBLIC_END

#endif
