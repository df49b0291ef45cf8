/* comparison.h - a page that compares training runs: the settings in which they differ, their scores,
 * and their curves on common axes. */
#ifndef HADNET_COMPARISON_H
#define HADNET_COMPARISON_H

#include "hadnet/reports/page/chart.h"
#include "tensor/error.h"

enum { COMPARISON_RUNS_MAX = CHART_SERIES_MAX };

/* Read settings.txt and metrics.csv of each of 1 to COMPARISON_RUNS_MAX folders, and write the page,
 * atomically. Runs may still be training. false: a file is missing or damaged. */
bool comparison_write(const char *path, const char *const *folders, int count, Error *error);

#endif
