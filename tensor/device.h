/* device.h - where tensors live.
 *
 * A Device is a table of functions: allocate, copy, fill, wait. The CPU is always there; the GPU
 * comes with its kernels, which are a library of their own (cuda/), loaded when a GPU is asked for.
 * Ops hold their CPU kernel and the name of the GPU's, and nothing else in the library asks which
 * device it runs on.
 *
 * Work is ordered: what is given to a device takes effect in the order in which it was given. The
 * host waits in download, synchronize and prefetched, and when memory is asked for or given back.
 */
#ifndef TENSOR_DEVICE_H
#define TENSOR_DEVICE_H

#include "tensor/error.h"
#include "tensor/public.h"
#include "tensor/real.h"

#include <stddef.h>

PUBLIC_BEGIN

typedef enum DeviceKind { DEVICE_CPU, DEVICE_GPU, DEVICE_KINDS } DeviceKind;

/* A function that computes something on a device. Whoever asks for it by name knows its type. */
typedef void (*DeviceKernel)(void);

typedef struct Device {
    const char *name;        /* "gpu" */
    const char *description; /* "NVIDIA H100 80GB HBM3" */
    DeviceKind kind;
    bool in_process; /* its memory lies among this process's addresses: sanitizers can watch it */
    void *(*allocate)(size_t bytes); /* aligned to 64 bytes at least; NULL when there is no room */
    void (*deallocate)(void *memory);
    void (*upload)(void *on_device, const void *on_host,
                   size_t bytes); /* on_host may change then */
    void (*download)(void *on_host, const void *on_device, size_t bytes);
    void (*copy)(void *destination, const void *source, size_t bytes); /* within the device */
    void (*set)(void *on_device, int byte, size_t bytes);
    void (*fill)(real *on_device, real value, int64_t count);
    void (*synchronize)(void); /* return when all work given to the device is done */
    /* NULL: there is none. The CPU has no such function: its kernels are linked. */
    DeviceKernel (*kernel)(const char *name);

    /* Copies beside the ordered work: the next batch travels while this one is computed. */
    void *(*allocate_host)(size_t bytes); /* memory that prefetch can read; NULL: no room */
    void (*deallocate_host)(void *memory);
    void (*prefetch)(void *on_device, const void *on_host, size_t bytes); /* after end_use */
    void (*begin_use)(void);  /* ordered work from here on sees what was prefetched */
    void (*end_use)(void);    /* and has read it: it may be prefetched over */
    void (*prefetched)(void); /* return when on_host of every prefetch may change */

    /* Ordered work that is written down once and then done again at the cost of one call. Between
     * record and recorded nothing is done. NULL where the device cannot. */
    void (*record)(void);
    void *(*recorded)(void);
    void (*replay)(void *recording);
    void (*forget)(void *recording);

    /* Whether matrix products and convolutions may be computed in a form that is faster and rounds
     * more. They may at first. A GPU rounds factors to tf32 (10 bits of fraction), which tensor
     * cores multiply many times faster; the CPU computes 3x3 convolutions in Winograd's form
     * (tensor/kernels/winograd.h), whose errors are a few times those of the plain sum. */
    void (*round_products)(bool may);
} Device;

/* The CPU. */
const Device *device_cpu(void);

/* What round_products of the CPU was told. */
bool device_cpu_may_round_products(void);

/* Whether the GPU's kernels are part of this process; if not, they are loaded now, from the library
 * beside this one. false and an error: this build has none, or what drives a GPU is not installed.
 * A GPU may still be missing. */
bool device_load_gpu(Error *error);

/* The device called "cpu" or "gpu"; NULL and an error when this build or machine has none. */
const Device *device_find(const char *name, Error *error);

/* The device's kernel of that name, which must be there. */
DeviceKernel device_kernel(const Device *device, const char *name);

/* Called before main, or when their library is loaded, by the GPU's kernels: `open` gives the GPU,
 * or NULL and an error when none answers. */
void device_register_gpu(const Device *(*open)(Error *error));

PUBLIC_END

#endif
