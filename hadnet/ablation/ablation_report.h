/* ablation_report.h - the table of an ablation, as text, CSV and a picture.
 *
 *     table.txt   a row for each row of the table: mean and spread over seeds, and the paired
 *                 difference from the reference row
 *     table.csv   a row for each run and part, for other statistics
 *     table.png   a dot for each seed, the mean, and its 95% interval
 */
#ifndef HADNET_ABLATION_REPORT_H
#define HADNET_ABLATION_REPORT_H

#include "hadnet/ablation/ablation_scores.h"

#include <stdio.h>

/* In percent, of the seeds that have been evaluated so far. */
void ablation_print(FILE *stream, const Ablation *ablation, const AblationScores *scores);

/* Write the three files into the ablation's folder, each atomically. */
bool ablation_write(const Ablation *ablation, Error *error);

#endif
