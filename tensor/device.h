/* device.h - where tensors live.
 *
 * A Device is a table of functions: allocate, copy, fill, wait. The CPU is always there; a build
 * with GPU support adds one more. Ops hold one kernel per DeviceKind, and nothing else in the
 * library asks which device it runs on.
 */
#ifndef TENSOR_DEVICE_H
#define TENSOR_DEVICE_H

#include "tensor/error.h"

#include <stddef.h>

typedef enum DeviceKind { DEVICE_CPU, DEVICE_GPU, DEVICE_KINDS } DeviceKind;

typedef struct Device {
    const char *name;
    DeviceKind kind;
    void *(*allocate)(size_t bytes); /* aligned to 64 bytes at least; NULL when there is no room */
    void (*deallocate)(void *memory);
    void (*upload)(void *on_device, const void *on_host, size_t bytes);
    void (*download)(void *on_host, const void *on_device, size_t bytes);
    void (*copy)(void *destination, const void *source, size_t bytes); /* within the device */
    void (*zero)(void *on_device, size_t bytes);
    void (*synchronize)(void); /* return when all work given to the device is done */
} Device;

/* The CPU. */
const Device *device_cpu(void);

/* The device called "cpu" or "gpu"; NULL and an error when this build or machine has none. */
const Device *device_find(const char *name, Error *error);

#endif
