/* run_report.h - a run's page: all that a person asks of a trained network, in one file.
 *
 * Sections: summary, curves, classes, confusion, thresholds, calibration, examples, channels, disk,
 * settings. A section whose numbers are missing says so.
 */
#ifndef HADNET_RUN_REPORT_H
#define HADNET_RUN_REPORT_H

#include "hadnet/training/evaluation.h"

typedef struct RunReport {
    const char *title;         /* such as the dataset's name */
    const char *evaluated;     /* "test, split official, weights of epoch 12" */
    const char *settings_path; /* settings.txt; NULL: there is none */
    const char *metrics_path;  /* metrics.csv; NULL: there is none */
    const char *losses_path;   /* afss.csv; NULL: there is none */
    const Network *network;
    const ModelCard *card;
    const Metrics *metrics;
    const Examples *examples;
    const GeometrySums *geometry; /* with embeddings; NULL: of the Euclidean variant */
} RunReport;

/* Write the page, atomically. false: metrics.csv or settings.txt is damaged, or the page cannot be
 * written. */
bool run_report_write(const char *path, const RunReport *report, Error *error);

#endif
