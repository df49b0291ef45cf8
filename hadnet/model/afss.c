/* afss.c - the loss L of a channel from one batch's sums. With a = min E, A = max E - min E + 1e-4,
 * and likewise b, B for t,
 *
 *     M = (E - a)/A,    T = (t - b)/B,
 *
 * so over n pixels
 *
 *     sum M^2 = (sum E^2 - 2a sum E + n a^2) / A^2
 *     sum T^2 = (sum t^2 - 2b sum t + n b^2) / B^2
 *     sum M T = (sum E t - b sum E - a sum t + n a b) / (A B)
 *     L       = (sum M^2 - 2 sum M T + sum T^2) / n
 */
#include "hadnet/model/afss.h"

#include "hadnet/model/afss_statistics.h"
#include "tensor/error.h"
#include "tensor/memory.h"

#include <stdlib.h>

static const double FLOOR = 1e-4; /* avoids division by 0 for a nearly constant map */
static const double WORST = 1e30;

ChannelScores channel_scores_create(int channels) {
    ChannelScores scores = { channels, 0, memory_new((size_t)channels, sizeof(double)),
                             memory_new((size_t)channels, sizeof(bool)) };
    for (int i = 0; i < channels; i++) scores.dead[i] = true;
    return scores;
}

void channel_scores_destroy(ChannelScores *scores) {
    free(scores->total);
    free(scores->dead);
    *scores = (ChannelScores){ 0 };
}

void channel_scores_add(ChannelScores *scores, const real *statistics, int columns,
                        int64_t pixels) {
    const double n = (double)pixels;
    const real *target = statistics + AFSS_TARGET * columns;
    const double sum_t = (double)target[0], square_t = (double)target[1], b = (double)target[2];
    const double range_t = (double)target[3] - b + FLOOR;
    const double sum_tt = (square_t - 2 * b * sum_t + n * b * b) / (range_t * range_t);
    for (int c = 0; c < scores->channels; c++) {
        const double sum = (double)statistics[AFSS_SUM * columns + c];
        const double square = (double)statistics[AFSS_SQUARE * columns + c];
        const double product = (double)statistics[AFSS_PRODUCT * columns + c];
        const double a = (double)statistics[AFSS_LOW * columns + c];
        const double high = (double)statistics[AFSS_HIGH * columns + c], range = high - a + FLOOR;
        const double sum_mm = (square - 2 * a * sum + n * a * a) / (range * range);
        const double sum_mt = (product - b * sum - a * sum_t + n * a * b) / (range * range_t);
        const double loss = (sum_mm - 2 * sum_mt + sum_tt) / n;
        const bool alive = high > a && statistics[AFSS_BAD * columns + c] == 0 && isfinite(loss);
        scores->total[c] += alive ? loss : 1; /* maps in [0,1] differ by at most 1 */
        scores->dead[c] = scores->dead[c] && !alive;
    }
    scores->batches++;
}

double channel_scores_mean(const ChannelScores *scores, int channel) {
    if (scores->dead[channel] || scores->batches == 0) return WORST;
    return scores->total[channel] / scores->batches;
}

void channel_scores_select(const ChannelScores *scores, int kept, int *selected) {
    PROMISE(kept <= scores->channels, "%d of %d channels", kept, scores->channels);
    int count = 0;
    for (int c = 0; c < scores->channels; c++) {
        /* A channel is kept when fewer than `kept` others come before it. */
        const double mean = channel_scores_mean(scores, c);
        int before = 0;
        for (int other = 0; other < scores->channels; other++) {
            const double theirs = channel_scores_mean(scores, other);
            before += theirs < mean || (theirs == mean && other < c);
        }
        if (before < kept) selected[count++] = c;
    }
}

void channels_at_random(Random *random, int channels, int kept, int *selected) {
    int order[channels], count = 0;
    bool taken[channels];
    for (int c = 0; c < channels; c++) order[c] = c, taken[c] = false;
    random_shuffle(random, order, channels);
    for (int i = 0; i < kept; i++) taken[order[i]] = true;
    for (int c = 0; c < channels; c++)
        if (taken[c]) selected[count++] = c;
}
