/* tensor.c - tensors: their storage, copies between devices, and the allocator that keeps
 * released memory. */
#include "tensor/tensor.h"

#include "tensor/sanitizer.h"

#include <pthread.h>
#include <stdlib.h>

/* A block of memory. One that is split has no owner and is in no list until both halves are free.
 */
struct Storage {
    const Device *device;
    void *memory;
    size_t bytes;        /* the size class, at least what was asked for */
    size_t guarded_from; /* nothing may be written past here; 0: not checked */
    int size_class;
    int owners;
    bool borrowed; /* the caller owns the memory */
    bool recorded; /* a recording writes to it, even after its release */
    bool is_free;
    int64_t reused_at;       /* the number of this reuse (MemoryUse.reuses); 0: it is none */
    Storage *next;           /* in a free list, or among the reuses */
    Storage *whole, *sister; /* of a half: the block it is half of, and the other half */
};

/* Size classes: four per power of two from 256 bytes up, so that at most a quarter is wasted. */
enum { SMALLEST_SHIFT = 8, CLASSES_PER_DOUBLING = 4, SIZE_CLASSES = 48 * CLASSES_PER_DOUBLING };

/* Where a class has no free block, one of twice, four or eight times the size is split, as in
 * Knuth's buddy system (TAOCP 1, 2.5): networks work on a few large tensors at one time and on many
 * smaller ones at another. Small blocks are not worth it. */
enum { SPLIT_BYTES_AT_LEAST = 1 << 20, SPLITS_AT_MOST = 3 };

typedef struct Cache {
    Storage *free[SIZE_CLASSES];
    Storage *reuses; /* the newest first */
    MemoryUse use;
    bool recording;
} Cache;

/* The registry of the devices' caches. */
static Cache caches[DEVICE_KINDS];
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static bool poison_released;

static size_t class_bytes(int size_class) {
    const int doubling = size_class / CLASSES_PER_DOUBLING;
    const int step = size_class % CLASSES_PER_DOUBLING;
    return ((size_t)(CLASSES_PER_DOUBLING + step) << (SMALLEST_SHIFT - 2)) << doubling;
}

static int class_of(size_t bytes) {
    for (int i = 0; i < SIZE_CLASSES; i++)
        if (class_bytes(i) >= bytes) return i;
    return -1;
}

/* Under memory_poison_released the padding between the tensor's end and the end of its block is
 * filled with NaN, which exposes stray reads, and compared at release, which exposes stray writes.
 * (AddressSanitizer does both better.) */
static void guard(Storage *storage, size_t bytes) {
    storage->guarded_from = 0;
#ifndef HAS_ADDRESS_SANITIZER
    if (!poison_released || bytes == storage->bytes) return;
    storage->guarded_from = bytes;
    storage->device->set((char *)storage->memory + bytes, 0xff, storage->bytes - bytes);
#else
    (void)bytes;
#endif
}

static void check_guard(const Storage *storage) {
    const size_t from = storage->guarded_from, count = storage->bytes - from;
    if (!from) return;
    unsigned char *bytes = malloc(count);
    PROMISE(bytes, "no memory to look past a tensor's end");
    storage->device->download(bytes, (char *)storage->memory + from, count);
    for (size_t i = 0; i < count; i++)
        PROMISE(bytes[i] == 0xff, "a tensor of %zu bytes was written %zu bytes past its end", from,
                i);
    free(bytes);
}

static void put_free(Cache *cache, Storage *storage) {
    storage->is_free = true;
    storage->next = cache->free[storage->size_class];
    cache->free[storage->size_class] = storage;
    cache->use.cached_bytes += storage->bytes;
}

static void remove_free(Cache *cache, Storage *storage) {
    Storage **place = &cache->free[storage->size_class];
    while (*place != storage) place = &(*place)->next;
    *place = storage->next;
    storage->is_free = false;
    cache->use.cached_bytes -= storage->bytes;
}

/* Returns a block to its free list, joined with its sister if that is free too. */
static void free_block(Cache *cache, Storage *storage) {
    while (storage->whole && storage->sister->is_free) {
        Storage *whole = storage->whole, *sister = storage->sister;
        remove_free(cache, sister);
        whole->recorded |= storage->recorded || sister->recorded;
        free(storage), free(sister);
        storage = whole;
    }
    put_free(cache, storage);
}

/* Puts the second half in its free list and returns the first. NULL when there is no memory for the
 * two descriptors; the block is then free again. */
static Storage *split(Cache *cache, Storage *whole) {
    Storage *halves[2] = { calloc(1, sizeof **halves), calloc(1, sizeof **halves) };
    if (!halves[0] || !halves[1]) {
        free(halves[0]), free(halves[1]);
        free_block(cache, whole);
        return NULL;
    }
    for (int i = 0; i < 2; i++)
        *halves[i] = (Storage){ .device = whole->device,
                                .memory = (char *)whole->memory + (size_t)i * (whole->bytes / 2),
                                .bytes = whole->bytes / 2,
                                .size_class = whole->size_class - CLASSES_PER_DOUBLING,
                                .recorded = whole->recorded,
                                .whole = whole,
                                .sister = halves[1 - i] };
    put_free(cache, halves[1]);
    return halves[0];
}

/* A block of the class from the free lists, perhaps a part of a larger one; NULL when there is
 * none. */
static Storage *take_free(Cache *cache, int size_class) {
    const int splits = class_bytes(size_class) >= SPLIT_BYTES_AT_LEAST ? SPLITS_AT_MOST : 0;
    for (int i = 0; i <= splits && size_class + i * CLASSES_PER_DOUBLING < SIZE_CLASSES; i++) {
        Storage *storage = cache->free[size_class + i * CLASSES_PER_DOUBLING];
        if (!storage) continue;
        remove_free(cache, storage);
        for (int j = 0; storage && j < i; j++) storage = split(cache, storage);
        return storage;
    }
    return NULL;
}

/* As take_free, but never a part of another block. */
static Storage *take_free_whole(Cache *cache, int size_class) {
    Storage *storage = cache->free[size_class];
    while (storage && storage->whole) storage = storage->next;
    if (storage) remove_free(cache, storage);
    return storage;
}

/* A tensor outside of a recording gets a block that replays of the recording write to. */
static void start_reuse(Cache *cache, Storage *storage) {
    storage->reused_at = ++cache->use.reuses;
    storage->next = cache->reuses;
    cache->reuses = storage;
}

static void end_reuse(Cache *cache, Storage *storage) {
    if (!storage->reused_at) return;
    Storage **place = &cache->reuses;
    while (*place != storage) place = &(*place)->next;
    *place = storage->next;
    storage->reused_at = 0;
}

/* A block of the class from the free lists, or from the device; NULL when neither has one. */
static Storage *storage_take(const Device *device, size_t bytes, bool lasting) {
    const int size_class = class_of(bytes);
    if (size_class < 0) return NULL;
    Cache *cache = &caches[device->kind];
    Storage *storage = lasting ? take_free_whole(cache, size_class) : take_free(cache, size_class);
    if (!storage) {
        storage = calloc(1, sizeof *storage);
        if (!storage) return NULL;
        *storage = (Storage){ .device = device,
                              .memory = device->allocate(class_bytes(size_class)),
                              .bytes = class_bytes(size_class),
                              .size_class = size_class };
        if (!storage->memory) {
            free(storage);
            return NULL;
        }
        cache->use.system_allocations++;
    }
    if (device->in_process) ASAN_UNPOISON_MEMORY_REGION(storage->memory, bytes);
    guard(storage, bytes);
    storage->owners = 1;
    if (storage->recorded && !cache->recording) start_reuse(cache, storage);
    storage->recorded |= cache->recording;
    cache->use.live_bytes += storage->bytes;
    if (cache->use.live_bytes > cache->use.peak_bytes)
        cache->use.peak_bytes = cache->use.live_bytes;
    return storage;
}

/* Number of bytes of a shape, or false when it overflows or a size is negative. */
static bool bytes_of(const Shape *shape, size_t *bytes) {
    *bytes = sizeof(real);
    for (int i = 0; i < shape->rank; i++)
        if (shape->size[i] < 0 || __builtin_mul_overflow(*bytes, (size_t)shape->size[i], bytes))
            return false;
    return *bytes <= PTRDIFF_MAX;
}

static Tensor create(const Device *device, Shape shape, bool lasting) {
    Tensor tensor = { shape, NULL, NULL };
    size_t bytes;
    if (!bytes_of(&shape, &bytes)) return tensor;
    pthread_mutex_lock(&cache_lock);
    tensor.storage = storage_take(device, bytes, lasting);
    pthread_mutex_unlock(&cache_lock);
    if (!tensor.storage) {
        memory_trim(device); /* free blocks of other sizes may occupy the memory */
        pthread_mutex_lock(&cache_lock);
        tensor.storage = storage_take(device, bytes, lasting);
        pthread_mutex_unlock(&cache_lock);
    }
    if (tensor.storage) tensor.data = tensor.storage->memory;
    return tensor;
}

Tensor tensor_create(const Device *device, Shape shape) {
    return create(device, shape, false);
}

Tensor tensor_create_lasting(const Device *device, Shape shape) {
    return create(device, shape, true);
}

Tensor tensor_borrow(const Device *device, Shape shape, real *data) {
    Storage *storage = memory_new(1, sizeof *storage);
    *storage = (Storage){ .device = device, .memory = data, .owners = 1, .borrowed = true };
    return (Tensor){ shape, data, storage };
}

Tensor tensor_share(const Tensor *tensor) {
    if (tensor->storage) __atomic_add_fetch(&tensor->storage->owners, 1, __ATOMIC_RELAXED);
    return *tensor;
}

void tensor_release(Tensor *tensor) {
    Storage *storage = tensor->storage;
    *tensor = (Tensor){ 0 };
    if (!storage || __atomic_sub_fetch(&storage->owners, 1, __ATOMIC_ACQ_REL) > 0) return;
    if (storage->borrowed) {
        free(storage);
        return;
    }
    check_guard(storage);
    if (storage->device->in_process) ASAN_UNPOISON_MEMORY_REGION(storage->memory, storage->bytes);
    if (poison_released) storage->device->set(storage->memory, 0xff, storage->bytes); /* NaN */
    if (storage->device->in_process && !storage->recorded)
        ASAN_POISON_MEMORY_REGION(storage->memory, storage->bytes);
    pthread_mutex_lock(&cache_lock);
    Cache *cache = &caches[storage->device->kind];
    cache->use.live_bytes -= storage->bytes;
    end_reuse(cache, storage);
    free_block(cache, storage);
    pthread_mutex_unlock(&cache_lock);
}

const Device *tensor_device(const Tensor *tensor) {
    return tensor->storage ? tensor->storage->device : NULL;
}

size_t tensor_bytes(const Tensor *tensor) {
    return (size_t)shape_elements(&tensor->shape) * sizeof(real);
}

void tensor_zero(const Tensor *tensor) {
    tensor_device(tensor)->set(tensor->data, 0, tensor_bytes(tensor));
}

void tensor_fill(const Tensor *tensor, real value) {
    tensor_device(tensor)->fill(tensor->data, value, shape_elements(&tensor->shape));
}

/* A node's value is there after a run only where graph_keep asked for it. */
static void expect_values(const Tensor *tensor) {
    PROMISE(tensor->storage, "a tensor of shape %s has no values: keep its node (graph_keep), or "
                             "run the graph first",
            shape_text(&tensor->shape).text);
}

void tensor_upload(const Tensor *tensor, const real *host) {
    expect_values(tensor);
    tensor_device(tensor)->upload(tensor->data, host, tensor_bytes(tensor));
}

void tensor_download(const Tensor *tensor, real *host) {
    expect_values(tensor);
    tensor_device(tensor)->download(host, tensor->data, tensor_bytes(tensor));
}

void tensor_copy(const Tensor *destination, const Tensor *source) {
    PROMISE(shape_elements(&destination->shape) == shape_elements(&source->shape),
            "tensor_copy: %s from %s", shape_text(&destination->shape).text,
            shape_text(&source->shape).text);
    const Device *to = tensor_device(destination), *from = tensor_device(source);
    const size_t bytes = tensor_bytes(source);
    if (to == from)
        to->copy(destination->data, source->data, bytes);
    else if (from->kind == DEVICE_CPU)
        to->upload(destination->data, source->data, bytes);
    else
        from->download(destination->data, source->data, bytes);
}

MemoryUse memory_use(const Device *device) {
    pthread_mutex_lock(&cache_lock);
    const MemoryUse use = caches[device->kind].use;
    pthread_mutex_unlock(&cache_lock);
    return use;
}

void memory_trim(const Device *device) {
    pthread_mutex_lock(&cache_lock);
    Cache *cache = &caches[device->kind];
    if (cache->recording) { /* the recording contains the addresses of free blocks too */
        pthread_mutex_unlock(&cache_lock);
        return;
    }
    cache->use.trims++;
    for (int i = 0; i < SIZE_CLASSES; i++)
        for (Storage *storage = cache->free[i], *next; storage; storage = next) {
            next = storage->next;
            if (storage->whole) continue; /* the other half is in use */
            remove_free(cache, storage);
            if (device->in_process) ASAN_UNPOISON_MEMORY_REGION(storage->memory, storage->bytes);
            device->deallocate(storage->memory);
            free(storage);
        }
    pthread_mutex_unlock(&cache_lock);
}

void memory_record(const Device *device, bool recording) {
    pthread_mutex_lock(&cache_lock);
    caches[device->kind].recording = recording;
    pthread_mutex_unlock(&cache_lock);
}

bool memory_reused_since(const Device *device, int64_t reuses) {
    pthread_mutex_lock(&cache_lock);
    const Storage *newest = caches[device->kind].reuses;
    const bool reused = newest && newest->reused_at > reuses;
    pthread_mutex_unlock(&cache_lock);
    return reused;
}

bool memory_poison_released(bool poison) {
    const bool before = poison_released;
    poison_released = poison;
    return before;
}
