/* ablation_picture.h - draws an ablation's rows as dots over one axis. */
#ifndef HADNET_ABLATION_PICTURE_H
#define HADNET_ABLATION_PICTURE_H

#include "hadnet/ablation/ablation_scores.h"

/* A line for each row: a dot per seed at its mIoU over all classes, a tick at their mean and the
 * mean's 95% interval; the reference's mean as a line through all rows. */
bool ablation_picture_write(const Ablation *ablation, const AblationScores *scores,
                            const char *path, Error *error);

#endif
