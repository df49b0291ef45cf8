/* page_steps.h - the page's charts of a gradient along a ray, and of training through a clamp. */
#ifndef HYP_AUDIT_PAGE_STEPS_H
#define HYP_AUDIT_PAGE_STEPS_H

#include <stdio.h>

/* The size of d exp_0(u)/du along u. */
void page_ray_write(FILE *file);

/* Gradient descent on u through a projection, through feature clipping, and without a clamp. */
void page_steps_write(FILE *file);

#endif
