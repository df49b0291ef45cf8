/* The GPU kernel of nn/step_control.c. One thread suffices for some hundred norms. */
#include "cuda/port/gpu.h"

C_HEADERS_BEGIN
#include "nn/step_control.h"
C_HEADERS_END

typedef struct StepControl {
    const real *norms;
    int count;
    double limit;
    UpdateSettings *settings;
} StepControl;

GPU_KERNEL(step_control_decide, 64, StepControl) {
    if (gpu_thread() == 0) step_decide(a->norms, a->count, a->limit, a->settings);
}

GPU_LAUNCHER(step_control, const real *norms, int count, double limit, UpdateSettings *settings) {
    const StepControl arguments = { norms, count, limit, settings };
    gpu_launch(&step_control_decide, 1, &arguments);
}
