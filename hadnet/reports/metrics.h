/* metrics.h - IoU, F1, accuracy, AUROC and calibration over a whole split.
 *
 * Metrics accumulates one confusion matrix over every pixel of the split (never a mean of per-image
 * values, in which a tiny image would weigh as much as a large one), a histogram of the pixels'
 * anomaly scores and one score per image. metrics_summary computes the printed numbers from it.
 * Class 0 is the background; classes 1 and up are defects.
 *
 * Conventions. A class that occurs neither in the truth nor in the prediction has no IoU and no F1
 * (NaN; null in JSON, "-" in a table), and is left out of means. A class that is predicted but
 * never true, or true but never predicted, counts as 0. A mean over nothing is NaN.
 */
#ifndef HADNET_METRICS_H
#define HADNET_METRICS_H

#include "data/labels/class_names.h"
#include "hadnet/reports/auroc.h"
#include "hadnet/reports/calibration.h"
#include "hadnet/reports/threshold_counts.h"
#include "tensor/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { METRICS_IGNORE = 255 };

typedef struct Metrics {
    int classes;
    int64_t *counts; /* [truth][prediction], classes x classes */
    int64_t ignored; /* pixels whose truth is METRICS_IGNORE; they count nowhere else */
    int64_t images;
    ScoreHistogram pixel_scores;
    ScoreList image_scores;
    Calibration calibration;
    ThresholdCounts thresholds;
} Metrics;

/* Start empty, for 2..CLASSES_MAX classes; metrics_free frees the memory. */
void metrics_begin(Metrics *metrics, int classes);
void metrics_free(Metrics *metrics);

/* Add one image: truth and prediction labels, and anomaly scores in [0, 1] (NULL: none), each
 * `pixels` long. The image's own score is the largest of its pixels'; the image is abnormal if any
 * pixel's truth is a defect. Fails, and adds nothing, if a truth label is neither a class nor
 * METRICS_IGNORE. */
bool metrics_add(Metrics *metrics, const uint8_t *truth, const uint8_t *prediction,
                 const float *scores, size_t pixels, Error *error);

/* Add the probabilities of an image's predicted and true classes, of the same pixels as in
 * metrics_add, whose labels have been checked there. */
void metrics_add_probabilities(Metrics *metrics, const uint8_t *truth, const uint8_t *prediction,
                               const float *confidences, const float *likelihoods, size_t pixels);

/* Add the most probable defect of each pixel of an image, whose labels have been checked in
 * metrics_add, and its score. */
void metrics_add_thresholds(Metrics *metrics, const uint8_t *truth, const uint8_t *defects,
                            const float *scores, size_t pixels);

typedef struct MetricsSummary {
    int classes;
    double iou[CLASSES_MAX]; /* TP / (TP + FP + FN) */
    double f1[CLASSES_MAX];  /* 2 TP / (2 TP + FP + FN) */
    int64_t truth_pixels[CLASSES_MAX];
    double miou_defects;           /* mean IoU of classes 1 and up */
    double miou_all;               /* mean IoU of every class */
    double f1_macro;               /* mean F1 of every class */
    double f1_weighted;            /* mean F1 weighted by truth pixels */
    double pixel_accuracy;         /* correct pixels / all pixels */
    double pixel_auroc;            /* defect pixels against background pixels */
    double image_auroc;            /* images with a defect against images without */
    double nll, calibration_error; /* calibration.h; NaN without probabilities */
    int64_t pixels, ignored, images, nan_scores;
} MetricsSummary;

MetricsSummary metrics_summary(const Metrics *metrics);

/* Print an aligned table: a row per class, then the means. class_names has `classes` entries. */
void metrics_print_table(FILE *stream, const MetricsSummary *summary,
                         const char *const *class_names);

/* Write the same as one JSON object, atomically. Keys: written_by ("hadnet_eval"),
 * classes (array of {name, iou, f1, truth_pixels}), miou_defects, miou_all, f1_macro, f1_weighted,
 * pixel_accuracy, pixel_auroc, image_auroc, nll, calibration_error, pixels, ignored_pixels, images,
 * nan_scores. more(stream, context) may print members of its own before the last; NULL: none. */
bool metrics_write_json(const char *path, const MetricsSummary *summary,
                        const char *const *class_names, void (*more)(FILE *, const void *),
                        const void *context, Error *error);

/* Whether metrics_write_json may write to path without loss: no file is there, an empty one, or one
 * that it wrote. */
bool metrics_json_may_replace(const char *path, Error *error);

#endif
