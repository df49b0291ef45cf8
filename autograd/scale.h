/* scale.h - the attributes of op_scale, on any device. */
#ifndef AUTOGRAD_SCALE_H
#define AUTOGRAD_SCALE_H

#include "tensor/real.h"

typedef struct Scale {
    real factor;
} Scale;

#endif
