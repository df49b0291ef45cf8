/* tensor.h - public header of tensor/: what a tensor is, its memory, its device.
 *
 *     #include "tensor/tensor.h"
 *     #include <stdio.h>
 *
 *     int main(void) { // two pixels of three channels, there and back
 *         Tensor pixels = tensor_create(device_cpu(), shape_4(1, 1, 2, 3));
 *         if (!pixels.data) return puts("no memory"), 2;
 *         tensor_upload(&pixels, (const real[]){ 1, 2, 3, 4, 5, 6 });
 *         real host[6];
 *         tensor_download(&pixels, host);
 *         printf("%s: %g ... %g\n", shape_text(&pixels.shape).text, (double)host[0], (double)host[5]);
 *         tensor_release(&pixels);
 *         return 0;
 *     }
 *
 * real.h    the number type          device.h     the CPU and the GPU, as tables of functions
 * error.h   reporting failures       memory.h     small allocations that never fail
 * random.h  random number streams    recording.h  recording and replaying device work
 * threads.h number of threads        parallel.h   which loops run in several threads
 *
 * A Tensor is a small value: a shape, a pointer to contiguous elements, and the reference-counted
 * storage that owns them. Images are NHWC: shape {4, {batch, height, width, channels}}, so that
 * one pixel's features are one row. Copying the struct does not copy the elements and does not
 * count as a reference: use tensor_share for a second owner, and tensor_release once per owner.
 *
 * Storage comes from a caching allocator per device: released blocks wait in free lists by size
 * class, so a training step after the first asks the system for nothing.
 */
#ifndef TENSOR_TENSOR_H
#define TENSOR_TENSOR_H

#include "tensor/device.h"
#include "tensor/error.h"
#include "tensor/memory.h"
#include "tensor/parallel.h"
#include "tensor/public.h"
#include "tensor/random.h"
#include "tensor/real.h"
#include "tensor/recording.h"
#include "tensor/threads.h"

PUBLIC_BEGIN

enum { SHAPE_MAX_RANK = 4 };

typedef struct Shape {
    int rank;                     /* 0 is a scalar: one element */
    int64_t size[SHAPE_MAX_RANK]; /* outermost first; entries past rank are 0 */
} Shape;

typedef struct Storage Storage;

typedef struct Tensor {
    Shape shape;
    real *data; /* on the storage's device; NULL while empty */
    Storage *storage;
} Tensor;

/* Shapes: shape_4(batch, height, width, channels). */
Shape shape_0(void);
Shape shape_1(int64_t a);
Shape shape_2(int64_t a, int64_t b);
Shape shape_3(int64_t a, int64_t b, int64_t c);
Shape shape_4(int64_t a, int64_t b, int64_t c, int64_t d);

int64_t shape_elements(const Shape *shape);
int64_t shape_last(const Shape *shape); /* the innermost size: channels; 1 for a scalar */
int64_t shape_rows(const Shape *shape); /* elements / channels: pixels; 0 when channels is 0 */
bool shape_equal(const Shape *a, const Shape *b);

typedef struct ShapeText {
    char text[96];
} ShapeText;
ShapeText shape_text(const Shape *shape); /* "[8,64,64,3]"; use as shape_text(&s).text */

/* A new tensor with uninitialised elements. Without memory its data is NULL (an empty tensor, with
 * the shape set); the caller reports that. */
Tensor tensor_create(const Device *device, Shape shape);

/* The same for a long-lived tensor: never a part of a larger block, which could then not be
 * released (memory_trim). */
Tensor tensor_create_lasting(const Device *device, Shape shape);

/* A tensor over device memory that the caller owns: no release frees it. */
Tensor tensor_borrow(const Device *device, Shape shape, real *data);

Tensor tensor_share(const Tensor *tensor); /* one more owner of the same elements */
void tensor_release(Tensor *tensor); /* one owner less; empties the struct; NULL data is allowed */
const Device *tensor_device(const Tensor *tensor);
size_t tensor_bytes(const Tensor *tensor);

void tensor_zero(const Tensor *tensor);
void tensor_fill(const Tensor *tensor, real value);
void tensor_upload(const Tensor *tensor, const real *host); /* tensor_bytes() from the host */
void tensor_download(const Tensor *tensor, real *host);     /* tensor_bytes() to the host */
void tensor_copy(const Tensor *destination,
                 const Tensor *source); /* same number of elements; any devices */

/* Counters of a device's caching allocator. */
typedef struct MemoryUse {
    size_t live_bytes;          /* in tensors now */
    size_t peak_bytes;          /* the most that live_bytes has been */
    size_t cached_bytes;        /* waiting in free lists */
    int64_t system_allocations; /* times the device itself was asked for memory */
    int64_t trims;              /* calls of memory_trim: old addresses may be invalid */
    int64_t reuses;             /* tensors allocated in memory that a recording uses */
} MemoryUse;

MemoryUse memory_use(const Device *device);
void memory_trim(const Device *device); /* returns the free lists to the device */

/* While true, tensors are created for a recording (recording.h). A replay writes to their memory
 * even after their release, so sanitizers allow that, and memory_trim does nothing. */
void memory_record(const Device *device, bool recording);

/* Whether a live tensor was allocated, after the first `reuses` allocations of that kind, in memory
 * that a recording writes to. Replaying a recording made before then would overwrite the tensor.
 * Between replays such memory is free for others, such as an evaluation between training steps. */
bool memory_reused_since(const Device *device, int64_t reuses);

/* For tests: overwrites every released block, and the padding past the end of every new tensor,
 * with NaN, so that late and stray reads show up in results; stops at a stray write. Returns the
 * previous setting. */
bool memory_poison_released(bool poison);

PUBLIC_END

#endif
