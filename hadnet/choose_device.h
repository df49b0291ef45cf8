/* choose_device.h - what --device and --exact mean, for every program. */
#ifndef HADNET_CHOOSE_DEVICE_H
#define HADNET_CHOOSE_DEVICE_H

#include "hadnet/options.h"
#include "tensor/device.h"

/* The values of --device. */
typedef enum DeviceChoice { DEVICE_CHOICE_AUTO, DEVICE_CHOICE_CPU, DEVICE_CHOICE_GPU } DeviceChoice;

/* What a program was told, and what it should say. */
typedef struct DeviceSettings {
    int choice;   /* a DeviceChoice */
    bool exact;   /* products in the form that rounds least */
    Error remark; /* why the CPU computes where a GPU was expected; empty */
} DeviceSettings;

/* --device and --exact over `settings`; table has room for two. */
int device_options(DeviceSettings *settings, Option *table);

/* The device to compute on. auto: the GPU that answers, or the CPU, with a remark where the program
 * is linked for a GPU. An emulated GPU is taken only by name: it is there to find mistakes. */
const Device *choose_device(DeviceSettings *settings, Error *error);

/* Print the remark as a line on standard error, once: when all input has been accepted, so that a
 * program that refuses says that alone. */
void device_remark(DeviceSettings *settings, const char *program);

#endif
