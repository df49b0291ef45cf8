/* sections_steps.h - the charts of a gradient along a ray, and of training through a clamp. */
#ifndef HYP_AUDIT_SECTIONS_STEPS_H
#define HYP_AUDIT_SECTIONS_STEPS_H

#include "hyp/audit/section.h"

/* The size of d exp_0(u)/du along u. */
bool audit_take_ray(AuditSectionTake *take, void *context, Error *error);

/* Gradient descent on u through a projection, through feature clipping, and without a clamp. */
bool audit_take_steps(AuditSectionTake *take, void *context, Error *error);

#endif
