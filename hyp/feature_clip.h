/* feature_clip.h - what feature_clip was asked for, on any device. */
#ifndef HYP_FEATURE_CLIP_H
#define HYP_FEATURE_CLIP_H

#include "tensor/real.h"

typedef struct FeatureClip {
    real radius; /* r */
} FeatureClip;

#endif
