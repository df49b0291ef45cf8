/* Ops that copy, pool, resize or select, on the GPU against the CPU at sizes that a gradient check
 * could not walk: many blocks, rows longer than a block, and as many equal values as may be. */
#include "autograd/ops.h"
#include "tests/gpu_case.h"
#include "tests/test.h"

static Node *build_log1p_squared_difference(Node *const *in) {
    return op_log1p_squared_difference(in[0], in[1]);
}

static Node *build_reshape(Node *const *in) {
    return op_reshape(in[0], shape_1(shape_elements(&in[0]->shape)));
}

static Node *build_concat(Node *const *in) {
    return op_concat((Node *[]){ in[0], in[1], in[0] }, 3);
}

static Node *build_slice(Node *const *in) {
    return op_slice_channels(in[0], 4, 4);
}

static Node *build_gather(Node *const *in) {
    return op_channel_gather(in[0], in[1]);
}

static Node *build_gather_per_sample(Node *const *in) {
    return op_channel_gather_per_sample(in[0], in[1]);
}

static Node *build_average(Node *const *in) {
    return op_average_pool(in[0], 3, 2, 1);
}

static Node *build_average_overlapping(Node *const *in) {
    return op_average_pool(in[0], 5, 1, 2);
}

static Node *build_max(Node *const *in) {
    return op_max_pool(in[0], 3, 2, 1);
}

static Node *build_max_overlapping(Node *const *in) {
    return op_max_pool(in[0], 5, 1, 2);
}

static Node *build_global_max(Node *const *in) {
    return op_global_max_pool(in[0]);
}

static Node *build_resize(Node *const *in) {
    return op_resize_bilinear(in[0], 47, 30);
}

static Node *build_top(Node *const *in) {
    return op_top_k_channels(in[0], 500);
}

#define EQUALS PROBE_INTEGER, 0, 3 /* few values: many are equal */

static const struct {
    const Op *op;
    ProbeCase probe;
} cases[] = {
    { &log1p_squared_difference_op,
      { "many blocks",
        2,
        { { .shape = { 2, { 61, 83 } } }, { .shape = { 2, { 61, 83 } } } },
        build_log1p_squared_difference,
        NULL,
        false } },
    { &reshape_op,
      { "many blocks", 1, { { .shape = { 2, { 61, 83 } } } }, build_reshape, NULL, false } },
    { &concat_op,
      { "widths of whole vectors",
        2,
        { { .shape = { 2, { 611, 8 } } }, { .shape = { 2, { 611, 4 } } } },
        build_concat,
        NULL,
        false } },
    { &concat_op,
      { "odd widths",
        2,
        { { .shape = { 2, { 611, 3 } } }, { .shape = { 2, { 611, 4 } } } },
        build_concat,
        NULL,
        false } },
    { &slice_channels_op,
      { "whole vectors", 1, { { .shape = { 2, { 611, 12 } } } }, build_slice, NULL, false } },
    { &slice_channels_op,
      { "odd rows", 1, { { .shape = { 2, { 611, 9 } } } }, build_slice, NULL, false } },
    { &channel_gather_op,
      { "long rows",
        2,
        { { .shape = { 3, { 2, 3, 601 } } }, { { 1, { 700 } }, PROBE_INTEGER, 0, 600 } },
        build_gather,
        NULL,
        false } },
    { &channel_gather_op,
      { "more channels than places",
        2,
        { { .shape = { 3, { 2, 3, 600 } } }, { { 1, { 5 } }, PROBE_INTEGER, 0, 599 } },
        build_gather,
        NULL,
        false } },
    { &channel_gather_per_sample_op,
      { "many rows",
        2,
        { { .shape = { 3, { 3, 97, 16 } } }, { { 2, { 3, 300 } }, PROBE_INTEGER, 0, 15 } },
        build_gather_per_sample,
        NULL,
        false } },
    { &average_pool_op,
      { "whole vectors",
        1,
        { { .shape = { 4, { 2, 33, 31, 8 } } } },
        build_average,
        NULL,
        false } },
    { &average_pool_op,
      { "overlapping",
        1,
        { { .shape = { 4, { 2, 17, 31, 3 } } } },
        build_average_overlapping,
        NULL,
        false } },
    { &max_pool_op,
      { "whole vectors", 1, { { { 4, { 2, 33, 31, 8 } }, EQUALS } }, build_max, NULL, false } },
    { &max_pool_op,
      { "overlapping",
        1,
        { { { 4, { 2, 17, 31, 3 } }, EQUALS } },
        build_max_overlapping,
        NULL,
        false } },
    { &global_max_pool_op,
      { "many pixels",
        1,
        { { { 4, { 2, 41, 43, 3 } }, EQUALS } },
        build_global_max,
        NULL,
        false } },
    { &global_max_pool_op,
      { "many channels",
        1,
        { { { 4, { 2, 5, 7, 148 } }, EQUALS } },
        build_global_max,
        NULL,
        false } },
    { &global_max_pool_op,
      { "many of both",
        1,
        { { { 4, { 1, 23, 25, 68 } }, EQUALS } },
        build_global_max,
        NULL,
        false } },
    { &resize_bilinear_op,
      { "to a larger", 1, { { .shape = { 4, { 2, 9, 7, 8 } } } }, build_resize, NULL, false } },
    { &resize_bilinear_op,
      { "to a smaller", 1, { { .shape = { 4, { 2, 101, 64, 3 } } } }, build_resize, NULL, false } },
    { &top_k_channels_op,
      { "long rows", 1, { { { 2, { 3, 701 } }, EQUALS } }, build_top, NULL, false } },
};

TEST(gpu_selection_at_size) {
    const Device *gpu = gpu_for_tests();
    for (size_t i = 0; gpu && i < sizeof cases / sizeof *cases; i++) {
        uint64_t hash = 0;
        test_case("gpu op %s at size, %s", cases[i].op->name, cases[i].probe.name);
        for (int seed = 0; seed < 4; seed++) {
            CaseResult found, expected;
            const bool twice = seed % 2;
            gpu_shuffle((uint64_t)seed);
            if (case_run(gpu, cases[i].op, &cases[i].probe, twice, &found) &&
                case_run(device_cpu(), cases[i].op, &cases[i].probe, twice, &expected)) {
                CHECK(case_distance(&found, &expected) <= 2000 * REAL_EPSILON);
                case_free(&expected);
            }
            if (seed == 0) hash = case_hash(&found);
            if (seed == 2) CHECK(case_hash(&found) == hash);
            case_free(&found);
        }
    }
}
