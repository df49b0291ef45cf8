/* step_control.c - the step control on the CPU, and its dispatch to the device. */
#include "nn/step_control.h"

void step_control(const Device *device, const real *norms, int count, double limit,
                  UpdateSettings *settings) {
    void (*kernel)(const real *, int, double, UpdateSettings *) = step_decide;
    if (device->kind != DEVICE_CPU)
        kernel = (void (*)(const real *, int, double, UpdateSettings *))device_kernel(
            device, "step_control");
    kernel(norms, count, limit, settings);
}
