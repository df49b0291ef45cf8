/* choose_device.h - what --device and --exact mean, for every program. */
#ifndef HADNET_CHOOSE_DEVICE_H
#define HADNET_CHOOSE_DEVICE_H

#include "hadnet/command_line/options.h"
#include "tensor/device.h"

/* The values of --device. */
typedef enum DeviceChoice { DEVICE_CHOICE_AUTO, DEVICE_CHOICE_CPU, DEVICE_CHOICE_GPU } DeviceChoice;

/* What a program was told. */
typedef struct DeviceSettings {
    int choice; /* a DeviceChoice */
    bool exact; /* products in the form that rounds least */
} DeviceSettings;

/* --device and --exact over `settings`; table has room for two. */
int device_options(DeviceSettings *settings, Option *table);

/* The device to compute on. auto: the GPU that answers, or the CPU without a word: a machine that
 * has the CUDA Toolkit and no GPU is an ordinary one. gpu: NULL and an error that says why, where
 * none answers. An emulated GPU is taken only by name: it is there to find mistakes. */
const Device *choose_device(const DeviceSettings *settings, Error *error);

#endif
