#include "nn/step_control.h"

static void step_control_cpu(const real *norms, int count, double limit, UpdateSettings *settings) {
    step_decide(norms, count, limit, settings);
}

const StepControlKernel step_control[DEVICE_KINDS] = KERNEL(step_control);
