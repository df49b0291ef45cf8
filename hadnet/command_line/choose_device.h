/* choose_device.h - the options --device and --exact, shared by every program. */
#ifndef HADNET_CHOOSE_DEVICE_H
#define HADNET_CHOOSE_DEVICE_H

#include "hadnet/command_line/options.h"
#include "tensor/device.h"

/* The values of --device. */
typedef enum DeviceChoice { DEVICE_CHOICE_AUTO, DEVICE_CHOICE_CPU, DEVICE_CHOICE_GPU } DeviceChoice;

/* The options' values. */
typedef struct DeviceSettings {
    int choice; /* a DeviceChoice */
    bool exact; /* matrix products round as little as the device can */
} DeviceSettings;

/* --device and --exact over `settings`; table has room for two. */
int device_options(DeviceSettings *settings, Option *table);

/* The device to compute on. auto: the GPU if one works, otherwise the CPU without a message, as a
 * machine with the CUDA Toolkit but no GPU is ordinary. gpu: NULL and an error with the reason, if
 * no GPU works. An emulated GPU is used only for `gpu`: its purpose is to find mistakes. */
const Device *choose_device(const DeviceSettings *settings, Error *error);

#endif
