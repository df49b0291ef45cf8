/* step_control.h - the scale of the gradients in one step, and whether they may be used at all. It
 * is computed on the parameters' device, so that a step need not wait for the host. */
#ifndef NN_STEP_CONTROL_H
#define NN_STEP_CONTROL_H

#include "nn/update_rules.h"
#include "tensor/device.h"

/* From the norms of the single gradients, computes settings[0..SETTINGS_KINDS-1].gradient_scale, at
 * most 1, so that all gradients together have a norm of at most `limit` (0: no limit), as
 * torch.nn.utils.clip_grad_norm_ does; and .go, whether every norm is finite. All pointers are on
 * the device. */
void step_control(const Device *device, const real *norms, int count, double limit,
                  UpdateSettings *settings);

/* The norm of all gradients together. Infinite or NaN when one is. */
static inline HD double step_norm(const real *norms, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += (double)norms[i] * (double)norms[i];
    return sqrt(sum);
}

static inline HD void step_decide(const real *norms, int count, double limit,
                                  UpdateSettings *settings) {
    bool finite = true;
    for (int i = 0; i < count; i++) finite = finite && norms[i] <= REAL_MAX; /* NaN is not */
    const double factor = limit / (step_norm(norms, count) + 1e-6);
    for (int kind = 0; kind < SETTINGS_KINDS; kind++) {
        settings[kind].gradient_scale = (real)(limit > 0 && factor < 1 ? factor : 1);
        settings[kind].go = finite ? 1 : 0;
    }
}

#endif
