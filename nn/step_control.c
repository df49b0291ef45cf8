/* step_control.c - what every update of one step shares, worked out on the parameters' device,
 * so that a step need not wait for the host: how much the gradients are scaled, and whether they
 * may be used at all. */
#include "nn/step_control.h"

void step_control(const Device *device, const real *norms, int count, double limit,
                  UpdateSettings *settings) {
    void (*kernel)(const real *, int, double, UpdateSettings *) = step_decide;
    if (device->kind != DEVICE_CPU)
        kernel = (void (*)(const real *, int, double, UpdateSettings *))device_kernel(
            device, "step_control");
    kernel(norms, count, limit, settings);
}
