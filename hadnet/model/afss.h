/* afss.h - which channels of the backbone tell defects from normal metal (eq. 8-10).
 *
 * For a pair of an image G and its normal twin I, the change of a channel, e = phi(G) - phi(I),
 * should light up where the defect is. AFSS squares and min-max-normalises it to M, compares it
 * with the target map T by L = mean (M - T)^2, averages L over some batches and keeps the channels
 * with the smallest. The op afss_statistics gives the sums of one batch; this file turns them into
 * L.
 */
#ifndef HADNET_AFSS_H
#define HADNET_AFSS_H

#include "tensor/random.h"
#include "tensor/real.h"

/* Losses of one level's channels, averaged over batches. */
typedef struct ChannelScores {
    int channels;
    int batches;
    double *total; /* [channels] sum of L over batches, owned */
    bool *dead;    /* [channels] was constant, or NaN, in every batch so far, owned */
} ChannelScores;

ChannelScores channel_scores_create(int channels);
void channel_scores_destroy(ChannelScores *scores);

/* Add one batch: statistics as the op afss_statistics gives them (host memory, [AFSS_ROWS,
 * columns]), over that many pixels. */
void channel_scores_add(ChannelScores *scores, const real *statistics, int columns, int64_t pixels);

/* The mean L of a channel over the batches; a dead channel has the largest of all, 1e30. */
double channel_scores_mean(const ChannelScores *scores, int channel);

/* The `kept` channels with the smallest mean L, by channel number ascending, into selected[kept].
 * Of equals the lower number wins. kept <= channels. */
void channel_scores_select(const ChannelScores *scores, int kept, int *selected);

/* The RDR ablation: `kept` channels of `channels` by chance, ascending. */
void channels_at_random(Random *random, int channels, int kept, int *selected);

#endif
