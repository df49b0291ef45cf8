/* metrics.c - accumulates the confusion matrix and scores, and summarises them. */
#include "hadnet/reports/metrics.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

void metrics_begin(Metrics *metrics, int classes) {
    PROMISE(classes >= 2 && classes <= CLASSES_MAX, "%d classes", classes);
    *metrics = (Metrics){ .classes = classes };
    metrics->counts = memory_new((size_t)classes * (size_t)classes, sizeof *metrics->counts);
}

void metrics_free(Metrics *metrics) {
    free(metrics->counts);
    score_histogram_free(&metrics->pixel_scores);
    score_list_free(&metrics->image_scores);
    threshold_counts_free(&metrics->thresholds);
    *metrics = (Metrics){ 0 };
}

static bool check_truth(const uint8_t *truth, size_t pixels, int classes, Error *error) {
    for (size_t i = 0; i < pixels; i++)
        if (truth[i] >= classes && truth[i] != METRICS_IGNORE)
            return error_set(error, "pixel %zu of the truth has label %d, expected 0..%d or %d", i,
                             truth[i], classes - 1, METRICS_IGNORE);
    return true;
}

/* An image whose scores are all NaN has the score NaN; one without a labelled pixel has none. */
static void add_scores(Metrics *metrics, const uint8_t *truth, const float *scores, size_t pixels) {
    float largest = NAN;
    bool labelled = false, abnormal = false;
    for (size_t i = 0; i < pixels; i++) {
        if (truth[i] == METRICS_IGNORE) continue;
        score_histogram_add(&metrics->pixel_scores, scores[i], truth[i] != 0);
        largest = fmaxf(largest, scores[i]);
        labelled = true;
        abnormal |= truth[i] != 0;
    }
    if (labelled) score_list_add(&metrics->image_scores, largest, abnormal);
}

bool metrics_add(Metrics *metrics, const uint8_t *truth, const uint8_t *prediction,
                 const float *scores, size_t pixels, Error *error) {
    const int classes = metrics->classes;
    if (!check_truth(truth, pixels, classes, error)) return false;
    for (size_t i = 0; i < pixels; i++) {
        PROMISE(prediction[i] < classes, "label %d of %d was predicted", prediction[i], classes);
        if (truth[i] == METRICS_IGNORE)
            metrics->ignored++;
        else
            metrics->counts[truth[i] * classes + prediction[i]]++;
    }
    if (scores) add_scores(metrics, truth, scores, pixels);
    metrics->images++;
    return true;
}

void metrics_add_probabilities(Metrics *metrics, const uint8_t *truth, const uint8_t *prediction,
                               const float *confidences, const float *likelihoods, size_t pixels) {
    for (size_t i = 0; i < pixels; i++)
        if (truth[i] != METRICS_IGNORE)
            calibration_add(&metrics->calibration, confidences[i], likelihoods[i],
                            truth[i] == prediction[i]);
}

void metrics_add_thresholds(Metrics *metrics, const uint8_t *truth, const uint8_t *defects,
                            const float *scores, size_t pixels) {
    for (size_t i = 0; i < pixels; i++)
        if (truth[i] != METRICS_IGNORE)
            threshold_counts_add(&metrics->thresholds, metrics->classes, defects[i], scores[i],
                                 truth[i]);
}

static int64_t row_sum(const Metrics *metrics, int truth) {
    int64_t sum = 0;
    for (int k = 0; k < metrics->classes; k++) sum += metrics->counts[truth * metrics->classes + k];
    return sum;
}

static int64_t column_sum(const Metrics *metrics, int prediction) {
    int64_t sum = 0;
    for (int k = 0; k < metrics->classes; k++)
        sum += metrics->counts[k * metrics->classes + prediction];
    return sum;
}

/* The mean of the values that are numbers. */
static double mean(const double *values, int count) {
    double sum = 0, counted = 0;
    for (int i = 0; i < count; i++) {
        if (isnan(values[i])) continue;
        sum += values[i];
        counted++;
    }
    return sum / counted;
}

static void summarise_classes(const Metrics *metrics, MetricsSummary *summary) {
    double correct = 0, weighted = 0;
    for (int k = 0; k < metrics->classes; k++) {
        const int64_t true_positives = metrics->counts[k * metrics->classes + k];
        const int64_t truth = row_sum(metrics, k), predicted = column_sum(metrics, k);
        /* 0 / 0 is NaN: the class is absent. */
        summary->iou[k] = (double)true_positives / (double)(truth + predicted - true_positives);
        summary->f1[k] = 2 * (double)true_positives / (double)(truth + predicted);
        summary->truth_pixels[k] = truth;
        summary->pixels += truth;
        correct += (double)true_positives;
        if (truth) weighted += (double)truth * summary->f1[k];
    }
    summary->f1_weighted = weighted / (double)summary->pixels;
    summary->pixel_accuracy = correct / (double)summary->pixels;
}

MetricsSummary metrics_summary(const Metrics *metrics) {
    MetricsSummary summary = { .classes = metrics->classes,
                               .ignored = metrics->ignored,
                               .images = metrics->images,
                               .nan_scores = metrics->pixel_scores.nan_count };
    summarise_classes(metrics, &summary);
    summary.miou_defects = mean(summary.iou + 1, metrics->classes - 1);
    summary.miou_all = mean(summary.iou, metrics->classes);
    summary.f1_macro = mean(summary.f1, metrics->classes);
    summary.pixel_auroc = score_histogram_auroc(&metrics->pixel_scores);
    summary.image_auroc = score_list_auroc(&metrics->image_scores);
    summary.nll = calibration_nll(&metrics->calibration);
    summary.calibration_error = calibration_error(&metrics->calibration);
    return summary;
}
