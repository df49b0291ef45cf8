/* feature_clip.h - the attributes of op feature_clip. */
#ifndef HYP_FEATURE_CLIP_H
#define HYP_FEATURE_CLIP_H

#include "tensor/real.h"

typedef struct FeatureClip {
    real radius; /* r */
} FeatureClip;

#endif
