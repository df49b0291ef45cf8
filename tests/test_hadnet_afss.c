/* The channel scores of one pass against the definition, computed in double. */
#include "autograd/ops.h"
#include "hadnet/model/afss.h"
#include "hadnet/model/afss_statistics.h"
#include "hadnet/ops.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

enum { PIXELS = 211, CHANNELS = 6, DEAD = 3 };

static void make_batch(uint64_t seed, real *e, real *t) {
    Random random = random_stream(seed, 0, 0, 0);
    for (int i = 0; i < PIXELS; i++) {
        t[i] = (real)random_between(&random, -2, 5);
        for (int c = 0; c < CHANNELS; c++) {
            /* Channel 1 follows the target, the others less and less. */
            const double noise = random_normal(&random) * abs(c - 1);
            e[i * CHANNELS + c] = c == DEAD ? 0 : (real)(sqrt((double)t[i] + 2) + noise);
        }
    }
}

/* L of one channel by its definition: square, min-max both maps, mean squared difference. */
static double loss_by_definition(const real *e, const real *t, int channel) {
    double low = 1e300, high = -1e300, low_t = 1e300, high_t = -1e300, loss = 0;
    for (int i = 0; i < PIXELS; i++) {
        const double value = pow((double)e[i * CHANNELS + channel], 2);
        low = fmin(low, value), high = fmax(high, value);
        low_t = fmin(low_t, (double)t[i]), high_t = fmax(high_t, (double)t[i]);
    }
    for (int i = 0; i < PIXELS; i++) {
        const double value = pow((double)e[i * CHANNELS + channel], 2);
        const double m = (value - low) / (high - low + 1e-4);
        loss += pow(m - ((double)t[i] - low_t) / (high_t - low_t + 1e-4), 2) / PIXELS;
    }
    return loss;
}

static void run_statistics(const real *e, const real *t, real *statistics) {
    Graph *graph = graph_create(device_cpu(), false);
    Node *residual = graph_input(graph, "residual", shape_4(1, 1, PIXELS, CHANNELS));
    Node *target = graph_input(graph, "target", shape_4(1, 1, PIXELS, 1));
    tensor_upload(&residual->value, e);
    tensor_upload(&target->value, t);
    Node *node = op_afss_statistics(residual, target);
    graph_keep(node);
    CHECK(graph_forward(graph, NULL));
    tensor_download(&node->value, statistics);
    graph_destroy(graph);
}

TEST(afss_scores_match_the_definition) {
    static real e[PIXELS * CHANNELS], t[PIXELS], statistics[AFSS_ROWS * CHANNELS];
    ChannelScores scores = channel_scores_create(CHANNELS);
    double expected[CHANNELS] = { 0 };
    for (int batch = 0; batch < 3; batch++) {
        make_batch((uint64_t)batch, e, t);
        run_statistics(e, t, statistics);
        channel_scores_add(&scores, statistics, CHANNELS, PIXELS);
        for (int c = 0; c < CHANNELS; c++) expected[c] += loss_by_definition(e, t, c) / 3;
    }
    for (int c = 0; c < CHANNELS; c++)
        if (c != DEAD)
            CHECK_NEAR(channel_scores_mean(&scores, c), expected[c], 2000 * REAL_EPSILON);
    CHECK(channel_scores_mean(&scores, DEAD) >= 1e30);
    int selected[CHANNELS];
    channel_scores_select(&scores, 1, selected);
    CHECK(selected[0] == 1);
    channel_scores_select(&scores, CHANNELS - 1, selected);
    for (int i = 0; i < CHANNELS - 1; i++) CHECK(selected[i] == (i < DEAD ? i : i + 1));
    channel_scores_destroy(&scores);
}

TEST(afss_nan_channel_is_dead) {
    static real e[PIXELS * CHANNELS], t[PIXELS], statistics[AFSS_ROWS * CHANNELS];
    ChannelScores scores = channel_scores_create(CHANNELS);
    make_batch(9, e, t);
    e[5 * CHANNELS + 1] = (real)NAN;
    run_statistics(e, t, statistics);
    channel_scores_add(&scores, statistics, CHANNELS, PIXELS);
    CHECK(channel_scores_mean(&scores, 1) >= 1e30);
    CHECK(channel_scores_mean(&scores, 0) < 1);
    channel_scores_destroy(&scores);
}

/* A channel that is constant in only one batch is not dead: that batch counts as the largest
 * loss. */
TEST(afss_channel_dead_in_one_batch_only) {
    static real e[PIXELS * CHANNELS], t[PIXELS], statistics[AFSS_ROWS * CHANNELS];
    for (int order = 0; order < 2; order++) {
        ChannelScores scores = channel_scores_create(CHANNELS);
        double alive = 0;
        for (int batch = 0; batch < 2; batch++) {
            make_batch(4, e, t);
            for (int i = 0; batch == order && i < PIXELS; i++) e[i * CHANNELS + 1] = 2;
            if (batch != order) alive = loss_by_definition(e, t, 1);
            run_statistics(e, t, statistics);
            channel_scores_add(&scores, statistics, CHANNELS, PIXELS);
        }
        test_case("afss: a channel that is constant in batch %d of 2", order + 1);
        CHECK_NEAR(channel_scores_mean(&scores, 1), (alive + 1) / 2, 2000 * REAL_EPSILON);
        CHECK(channel_scores_mean(&scores, DEAD) >= 1e30);
        channel_scores_destroy(&scores);
    }
}

TEST(afss_of_equal_channels_the_first_are_kept) {
    double total[] = { 3, 1, 2, 1, 2, 1, 2 };
    bool dead[7] = { false };
    const ChannelScores scores = { 7, 1, total, dead };
    int selected[7];
    channel_scores_select(&scores, 2, selected);
    CHECK(selected[0] == 1 && selected[1] == 3);
    channel_scores_select(&scores, 4, selected);
    CHECK(selected[0] == 1 && selected[1] == 2 && selected[2] == 3 && selected[3] == 5);
    for (int c = 0; c < 7; c++) dead[c] = true;
    channel_scores_select(&scores, 3, selected);
    CHECK(selected[0] == 0 && selected[1] == 1 && selected[2] == 2);
}

TEST(afss_random_channels_are_sorted_and_repeat) {
    int first[5], again[5];
    Random a = random_stream(4, 0, 0, 0), b = random_stream(4, 0, 0, 0);
    channels_at_random(&a, 40, 5, first);
    channels_at_random(&b, 40, 5, again);
    for (int i = 0; i < 5; i++) {
        CHECK(first[i] == again[i] && first[i] >= 0 && first[i] < 40);
        CHECK(i == 0 || first[i] > first[i - 1]);
    }
}
