/* The caching allocator: requests to the system, and reuse of cached memory. */
#include "tensor/tensor.h"
#include "tests/test.h"

enum { BYTES = 8 << 20 };

static Tensor of_bytes(int64_t bytes) {
    return tensor_create(device_cpu(), shape_1(bytes / (int64_t)sizeof(real)));
}

static int64_t allocations(void) {
    return memory_use(device_cpu()).system_allocations;
}

TEST(tensor_splits_and_joins_free_blocks) {
    memory_trim(device_cpu());
    Tensor whole = of_bytes(BYTES);
    const real *start = whole.data;
    tensor_release(&whole);
    const int64_t before = allocations();
    Tensor half = of_bytes(BYTES / 2), quarter = of_bytes(BYTES / 4), last = of_bytes(BYTES / 4);
    CHECK(allocations() == before);
    CHECK(half.data == start && quarter.data != last.data);
    tensor_fill(&half, 1), tensor_fill(&quarter, 2), tensor_fill(&last, 3);
    CHECK(half.data[shape_elements(&half.shape) - 1] == 1 && quarter.data[0] == 2);
    /* A trim must leave alone what is half in use. */
    tensor_release(&quarter);
    memory_trim(device_cpu());
    CHECK(last.data[0] == 3);
    tensor_release(&half);
    tensor_release(&last);
    whole = of_bytes(BYTES);
    CHECK(allocations() == before && whole.data == start);
    tensor_release(&whole);
    const size_t cached = memory_use(device_cpu()).cached_bytes;
    memory_trim(device_cpu());
    CHECK(cached >= BYTES && memory_use(device_cpu()).cached_bytes + BYTES <= cached);
}

TEST(tensor_leaves_small_blocks_whole) {
    Tensor block = of_bytes(512 << 10);
    tensor_release(&block);
    memory_trim(device_cpu());
    block = of_bytes(512 << 10);
    tensor_release(&block);
    const int64_t before = allocations();
    Tensor small = of_bytes(256 << 10);
    CHECK(allocations() == before + 1);
    tensor_release(&small);
    memory_trim(device_cpu());
}
