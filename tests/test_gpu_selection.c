/* Ops that copy, pool, resize or select, on the GPU against the CPU at sizes too large for a
 * gradient check: many blocks, rows longer than a block, and many equal values. */
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

#define EQUALS 0, 3, PROBE_INTEGER /* few values: many are equal */

static const struct {
    const Op *op;
    ProbeCase probe;
} cases[] = {
    { &log1p_squared_difference_op, { "many blocks", { { { 61, 83 } }, { { 61, 83 } } } } },
    { &reshape_op, { "many blocks", { { { 61, 83 } } } } },
    { &concat_op, { "widths of whole vectors", { { { 611, 8 } }, { { 611, 4 } } }, { true } } },
    { &concat_op, { "odd widths", { { { 611, 3 } }, { { 611, 4 } } }, { true } } },
    { &slice_channels_op, { "whole vectors", { { { 611, 12 } } }, { 4, 4 } } },
    { &slice_channels_op, { "odd rows", { { { 611, 9 } } }, { 4, 4 } } },
    { &channel_gather_op,
      { "long rows", { { { 2, 3, 601 } }, { { 700 }, 0, 600, PROBE_INTEGER } } } },
    { &channel_gather_op,
      { "more channels than places", { { { 2, 3, 600 } }, { { 5 }, 0, 599, PROBE_INTEGER } } } },
    { &channel_gather_per_sample_op,
      { "many rows", { { { 3, 97, 16 } }, { { 3, 300 }, 0, 15, PROBE_INTEGER } } } },
    { &average_pool_op, { "whole vectors", { { { 2, 33, 31, 8 } } }, { 3, 2, 1 } } },
    { &average_pool_op, { "overlapping", { { { 2, 17, 31, 3 } } }, { 5, 1, 2 } } },
    { &max_pool_op, { "whole vectors", { { { 2, 33, 31, 8 }, EQUALS } }, { 3, 2, 1 } } },
    { &max_pool_op, { "overlapping", { { { 2, 17, 31, 3 }, EQUALS } }, { 5, 1, 2 } } },
    { &global_max_pool_op, { "many pixels", { { { 2, 41, 43, 3 }, EQUALS } } } },
    { &global_max_pool_op, { "many channels", { { { 2, 5, 7, 148 }, EQUALS } } } },
    { &global_max_pool_op, { "many of both", { { { 1, 23, 25, 68 }, EQUALS } } } },
    { &resize_bilinear_op, { "to a larger", { { { 2, 9, 7, 8 } } }, { 47, 30 } } },
    { &resize_bilinear_op, { "to a smaller", { { { 2, 101, 64, 3 } } }, { 47, 30 } } },
    { &top_k_channels_op, { "long rows", { { { 3, 701 }, EQUALS } }, { 500 } } },
};

static void check_at_size(const Device *gpu, const Op *op, const ProbeCase *probe) {
    OpRun found[4] = { { 0 } };
    for (int seed = 0; seed < 4; seed++) {
        const bool twice = seed % 2;
        OpRun expected;
        gpu_shuffle((uint64_t)seed);
        if (case_run(gpu, op, probe, twice, &found[seed]) &&
            case_run(device_cpu(), op, probe, twice, &expected)) {
            CHECK(case_near(&found[seed], &expected));
            op_run_free(&expected);
        }
    }
    CHECK(case_same_bits(&found[2], &found[0]));
    for (int seed = 0; seed < 4; seed++) op_run_free(&found[seed]);
}

TEST(gpu_selection_at_size) {
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof cases / sizeof *cases; i++) {
        test_case("gpu op %s at size, %s", cases[i].op->name, cases[i].probe.name);
        check_at_size(gpu, cases[i].op, &cases[i].probe);
    }
}
