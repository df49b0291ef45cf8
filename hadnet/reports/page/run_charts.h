/* run_charts.h - the sections of a run's page that are charts. */
#ifndef HADNET_RUN_CHARTS_H
#define HADNET_RUN_CHARTS_H

#include "hadnet/reports/page/run_report.h"

#include <stdio.h>

/* Loss, validation metrics and the autoencoders' errors over epochs. false: metrics.csv is damaged. */
bool run_charts_write_curves(FILE *file, const RunReport *report, Error *error);

/* Precision and recall over thresholds of the anomaly score: of "defect", and of each class. */
void run_charts_write_thresholds(FILE *file, const RunReport *report);

/* How often answers of each confidence are right. */
void run_charts_write_calibration(FILE *file, const RunReport *report);

#endif
