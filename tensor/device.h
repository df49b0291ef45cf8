/* device.h - the CPU and the GPU, as tables of functions.
 *
 * A Device is a table of functions: allocate, copy, fill, wait. The CPU is always available. The
 * GPU and its kernels are a separate library (cuda/), loaded when a program asks for a GPU. An op
 * holds its CPU kernel and the name of its GPU kernel; no other code in the library depends on the
 * device.
 *
 * Work on a device takes effect in the order in which it was enqueued. The host waits in download,
 * synchronize and prefetched, and when memory is allocated or released.
 */
#ifndef TENSOR_DEVICE_H
#define TENSOR_DEVICE_H

#include "tensor/error.h"
#include "tensor/public.h"
#include "tensor/real.h"

#include <stddef.h>

PUBLIC_BEGIN

typedef enum DeviceKind { DEVICE_CPU, DEVICE_GPU, DEVICE_KINDS } DeviceKind;

/* A function that computes something on a device. The caller that looks it up by name knows its
 * type. */
typedef void (*DeviceKernel)(void);

typedef struct Device {
    const char *name;        /* "gpu" */
    const char *description; /* "NVIDIA H100 80GB HBM3" */
    DeviceKind kind;
    bool in_process; /* its memory is in this process's address space: sanitizers can check it */
    void *(*allocate)(size_t bytes); /* aligned to 64 bytes at least; NULL when there is no room */
    void (*deallocate)(void *memory);
    void (*upload)(void *on_device, const void *on_host,
                   size_t bytes); /* on_host may change then */
    void (*download)(void *on_host, const void *on_device, size_t bytes);
    void (*copy)(void *destination, const void *source, size_t bytes); /* within the device */
    void (*set)(void *on_device, int byte, size_t bytes);
    void (*fill)(real *on_device, real value, int64_t count);
    void (*synchronize)(void); /* return when all enqueued work is done */
    /* NULL: no such kernel. The CPU has no such function: its kernels are linked. */
    DeviceKernel (*kernel)(const char *name);

    /* Copies that run beside the ordered work: the next batch is copied during this one's step. */
    void *(*allocate_host)(size_t bytes); /* memory that prefetch can read; NULL: no room */
    void (*deallocate_host)(void *memory);
    void (*prefetch)(void *on_device, const void *on_host, size_t bytes); /* after end_use */
    void (*begin_use)(void);  /* ordered work from here on sees what was prefetched */
    void (*end_use)(void);    /* ... and has read it: the next prefetch may overwrite it */
    void (*prefetched)(void); /* return when on_host of every prefetch may change */

    /* Ordered work between record and recorded is stored instead of executed; replay executes it
     * with one call. NULL where the device cannot record. */
    void (*record)(void);
    void *(*recorded)(void);
    void (*replay)(void *recording);
    void (*forget)(void *recording);

    /* Whether matrix products and convolutions may use a form that is faster and less accurate;
     * true by default. A GPU rounds factors to tf32 (10 bits of fraction), which tensor cores
     * multiply many times faster. The CPU computes 3x3 convolutions in Winograd's form
     * (tensor/kernels/winograd.h), whose errors are a few times those of the plain sum. */
    void (*round_products)(bool may);
} Device;

/* The CPU. */
const Device *device_cpu(void);

/* The CPU's current round_products setting. */
bool device_cpu_may_round_products(void);

/* Makes the GPU's kernels part of this process: loads them from the library beside this one, if
 * that has not happened yet. false and an error: this build has none, or no GPU driver is
 * installed. A GPU may still be missing. */
bool device_load_gpu(Error *error);

/* The device called "cpu" or "gpu"; NULL and an error when this build or machine has none. */
const Device *device_find(const char *name, Error *error);

/* The device's kernel of that name, which must be there. */
DeviceKernel device_kernel(const Device *device, const char *name);

/* The GPU's kernels call this before main, or when their library is loaded. `open` returns the GPU,
 * or NULL and an error when none answers. */
void device_register_gpu(const Device *(*open)(Error *error));

PUBLIC_END

#endif
