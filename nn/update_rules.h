/* update_rules.h - what one optimiser step does to one element.
 *
 * Each formula is written once here; the CPU loop and the GPU kernel both call it. They follow
 * PyTorch's torch.optim to the letter, including where epsilon and weight decay stand, so that
 * published recipes keep their meaning. theta is the value, g the gradient.
 */
#ifndef NN_UPDATE_RULES_H
#define NN_UPDATE_RULES_H

#include "tensor/real.h"

/* The numbers that all elements of one parameter share in one step. They are on the device, which
 * computes the last two (step_control.h), so all are reals. */
typedef struct UpdateSettings {
    real learning_rate;
    real weight_decay; /* 0 for parameters that do not decay */
    real momentum;
    real nesterov; /* 1 or 0 */
    real beta1, beta2;
    real one_minus_beta1, one_minus_beta2; /* rounded from double: 1 - 0.999f is off by 1e-5 */
    real correction1;                      /* 1 - beta1^step */
    real root_correction2;                 /* sqrt(1 - beta2^step) */
    real epsilon;
    real gradient_scale; /* of norm clipping; 1 without */
    real go;             /* 0: a gradient is not finite, and nothing is updated */
} UpdateSettings;

/* Each step has one set of settings for each of these: parameters without decay, those whose
 * weights decay, and points, which have a rate of their own. */
enum { SETTINGS_PLAIN, SETTINGS_DECAYING, SETTINGS_POINTS, SETTINGS_KINDS };

/* SGD (Sutskever et al., ICML 2013, in PyTorch's form):
 *     g <- g + decay * theta;  m <- momentum * m + g;  theta <- theta - lr * m
 * Nesterov steps along g + momentum * m instead. */
static inline HD void sgd_update(real *theta, real g, real *m, const UpdateSettings *settings) {
    g = g * settings->gradient_scale + settings->weight_decay * *theta;
    *m = settings->momentum * *m + g;
    *theta -=
        settings->learning_rate * (settings->nesterov != 0 ? g + settings->momentum * *m : *m);
}

/* The step of Adam and AdamW, once decay is dealt with:
 *     m <- m + (1 - beta1) (g - m);  v <- beta2 v + (1 - beta2) g^2
 *     theta <- theta - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) */
static inline HD void adam_step(real *theta, real g, real *m, real *v,
                                const UpdateSettings *settings) {
    *m += settings->one_minus_beta1 * (g - *m);
    *v = settings->beta2 * *v + settings->one_minus_beta2 * g * g;
    const real denominator = sqrt(*v) / settings->root_correction2 + settings->epsilon;
    *theta -= settings->learning_rate / settings->correction1 * (*m / denominator);
}

/* Adam (Kingma, Ba, ICLR 2015): weight decay is part of the gradient. */
static inline HD void adam_update(real *theta, real g, real *m, real *v,
                                  const UpdateSettings *settings) {
    g = g * settings->gradient_scale + settings->weight_decay * *theta;
    adam_step(theta, g, m, v, settings);
}

/* AdamW (Loshchilov, Hutter, ICLR 2019): theta decays by lr * decay, separately from the
 * gradient. */
static inline HD void adamw_update(real *theta, real g, real *m, real *v,
                                   const UpdateSettings *settings) {
    *theta -= settings->learning_rate * settings->weight_decay * *theta;
    adam_step(theta, g * settings->gradient_scale, m, v, settings);
}

#endif
