/* epoch_record.h - records an epoch: a row of metrics.csv, the curves, a printed line.
 *
 * Columns: epoch, stage, loss; each term of the loss (cross_entropy, dice, reconstruction_1 for the
 * finest level, ...); the autoencoders' mean squared error over the variance of the features, on
 * normal metal and on defects, per level (reconstruction.h); the validation metrics; seconds. A
 * cell is empty where a stage has no such number.
 */
#ifndef HADNET_EPOCH_RECORD_H
#define HADNET_EPOCH_RECORD_H

#include "hadnet/reports/metrics.h"
#include "hadnet/training/reconstruction.h"
#include "hadnet/training/run_folder.h"
#include "hadnet/training/training_graph.h"

typedef struct EpochRecord {
    int epoch, epochs, stage; /* epochs are counted over both training stages, from 1 */
    double loss;              /* the mean over the epoch's steps */
    double terms[LOSS_TERMS_MAX];
    const TrainingGraph *graph;           /* names the terms */
    const Reconstruction *reconstruction; /* on the validation images; sums of nothing in stage 1 */
    const MetricsSummary *summary;        /* of the validation images */
    double seconds;
} EpochRecord;

/* Append the row, print the line, draw the curves. If the curves cannot be written, training goes
 * on: that is printed once, on standard error, and *without_curves becomes true. */
bool epoch_record_write(const RunFolder *folder, const EpochRecord *record, bool *without_curves,
                        Error *error);

#endif
