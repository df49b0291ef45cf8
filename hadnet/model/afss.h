/* afss.h - adaptive feature selection (AFSS): chooses the backbone channels that distinguish
 * defects from normal metal (eq. 8-10).
 *
 * For a pair of an image G and its normal twin I, the change of a channel, e = phi(G) - phi(I),
 * should be large exactly at the defect. AFSS squares and min-max-normalises it to M, compares it
 * with the target map T by L = mean (M - T)^2, averages L over some batches and keeps the channels
 * with the smallest L. The op afss_statistics computes the sums of one batch; this file computes L
 * from them.
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

/* Add one batch: the output of op afss_statistics (host memory, [AFSS_ROWS, columns]), and its
 * number of pixels. */
void channel_scores_add(ChannelScores *scores, const real *statistics, int columns, int64_t pixels);

/* The mean L of a channel over the batches; 1e30 for a dead channel, which thus comes last. */
double channel_scores_mean(const ChannelScores *scores, int channel);

/* The `kept` channels with the smallest mean L, by channel number ascending, into selected[kept].
 * Of equals the lower number wins. kept <= channels. */
void channel_scores_select(const ChannelScores *scores, int kept, int *selected);

/* The RDR ablation: `kept` random channels of `channels`, ascending. */
void channels_at_random(Random *random, int channels, int kept, int *selected);

#endif
