/* slice_channels.h - the attributes of op_slice_channels, on any device. */
#ifndef AUTOGRAD_SLICE_CHANNELS_H
#define AUTOGRAD_SLICE_CHANNELS_H

#include <stdint.h>

typedef struct SliceChannels {
    int64_t first, count;
} SliceChannels;

#endif
