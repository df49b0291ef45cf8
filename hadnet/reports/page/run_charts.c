/* run_charts.c - takes the numbers of the charts from metrics.csv and from an evaluation. */
#include "hadnet/reports/page/run_charts.h"

#include "hadnet/reports/csv.h"
#include "hadnet/reports/page/chart.h"
#include "hadnet/reports/page/html.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

/* ---- Curves ---- */

/* A column of metrics.csv, and its name for people. */
typedef struct Curve {
    const char *column, *name;
} Curve;

static const Curve loss_curves[] = {
    { "loss", "loss, all terms" },  { "cross_entropy", "cross-entropy" },      { "dice", "Dice" },
    { "lovasz", "Lovász-softmax" }, { "auxiliary", "head's own, in stage 3" }, { NULL, NULL }
};
static const Curve validation_curves[] = { { "val_miou_all", "mIoU, all classes" },
                                           { "val_miou_defects", "mIoU, defects" },
                                           { "val_pixel_auroc", "AUROC of pixels" },
                                           { NULL, NULL } };
static const Curve rebuilding_curves[] = {
    { "mse_over_variance_normal_1", "level 1, normal metal" },
    { "mse_over_variance_normal_2", "level 2, normal metal" },
    { "mse_over_variance_normal_3", "level 3, normal metal" },
    { "mse_over_variance_normal_4", "level 4, normal metal" },
    { "mse_over_variance_defect_1", "level 1, defects" },
    { "mse_over_variance_defect_2", "level 2, defects" },
    { "mse_over_variance_defect_3", "level 3, defects" },
    { "mse_over_variance_defect_4", "level 4, defects" },
    { NULL, NULL }
};

/* The cells of a column, which the caller frees. */
static double *column_of(const Csv *table, int column) {
    double *cells = memory_new((size_t)table->rows + 1, sizeof *cells);
    for (int row = 0; row < table->rows; row++)
        cells[row] = table->cells[(size_t)row * (size_t)table->columns + (size_t)column];
    return cells;
}

static bool has_number(const double *cells, int count) {
    for (int i = 0; i < count; i++)
        if (isfinite(cells[i])) return true;
    return false;
}

static void write_chart(FILE *file, const Csv *table, const char *title, const Curve *curves,
                        bool unit_range, const ChartMark *marks, int mark_count) {
    ChartSeries series[CHART_SERIES_MAX];
    double *epochs = column_of(table, csv_column(table, "epoch")), *cells[CHART_SERIES_MAX];
    int count = 0;
    for (int i = 0; curves[i].column; i++) {
        const int column = csv_column(table, curves[i].column);
        if (column < 0) continue;
        cells[count] = column_of(table, column);
        if (has_number(cells[count], table->rows)) {
            series[count] = (ChartSeries){ curves[i].name, epochs, cells[count], table->rows };
            count++;
        } else {
            free(cells[count]);
        }
    }
    const Chart chart = { .title = title,
                          .x_name = "epoch",
                          .series = series,
                          .series_count = count,
                          .marks = marks,
                          .mark_count = mark_count,
                          .unit_range = unit_range };
    if (count > 0) chart_write(file, &chart);
    for (int i = 0; i < count; i++) free(cells[i]);
    free(epochs);
}

/* Where stage 3 begins, and the epoch whose weights are the best. */
static int marks_of(const Csv *table, int best_epoch, ChartMark marks[2]) {
    const int stage = csv_column(table, "stage"), epoch = csv_column(table, "epoch");
    int count = 0;
    for (int row = 0; stage >= 0 && row < table->rows; row++) {
        const double *cells = table->cells + (size_t)row * (size_t)table->columns;
        if (cells[stage] != 3) continue;
        if (row > 0) marks[count++] = (ChartMark){ cells[epoch] - 0.5, "stage 3" };
        break;
    }
    if (best_epoch > 0) marks[count++] = (ChartMark){ best_epoch, "best" };
    return count;
}

bool run_charts_write_curves(FILE *file, const RunReport *report, Error *error) {
    Csv table = { 0 };
    ChartMark marks[2];
    html_section(file, "curves", "Curves");
    if (report->metrics_path && !csv_read(report->metrics_path, &table, error)) return false;
    if (report->metrics_path && csv_column(&table, "epoch") >= 0) {
        const int count = marks_of(&table, report->best_epoch, marks);
        fputs("<div class=\"grid\">\n", file);
        write_chart(file, &table, "Validation images", validation_curves, true, marks, count);
        write_chart(file, &table, "Loss, mean of an epoch", loss_curves, false, marks, count);
        write_chart(
            file, &table,
            "The autoencoders' squared error over the variance of the features: 1 knows the "
            "mean alone",
            rebuilding_curves, false, marks, count);
        fputs("</div>\n", file);
    } else {
        fputs("<p>There is no metrics.csv beside these weights.</p>\n", file);
    }
    csv_free(&table);
    html_section_end(file);
    return true;
}

/* ---- Thresholds ---- */

enum { POINTS = 101 };

/* Precision and recall of the pixels with a score of at least each threshold i/100. */
static bool precision_and_recall(const ScoreHistogram *scores, double *precision, double *recall) {
    int64_t all = 0, found = 0, right = 0;
    int bin = SCORE_BINS - 1;
    if (!scores->counts[1] || !scores->counts[0]) return false;
    for (int i = 0; i < SCORE_BINS; i++) all += scores->counts[1][i];
    if (all == 0) return false;
    for (int i = POINTS - 1; i >= 0; i--) {
        for (const int least = score_bin((float)i / (POINTS - 1)); bin >= least; bin--) {
            right += scores->counts[1][bin];
            found += scores->counts[0][bin] + scores->counts[1][bin];
        }
        precision[i] = found > 0 ? (double)right / (double)found : NAN;
        recall[i] = (double)right / (double)all;
    }
    return true;
}

void run_charts_write_thresholds(FILE *file, const RunReport *report) {
    double thresholds[POINTS], precision[POINTS], recall[POINTS];
    for (int i = 0; i < POINTS; i++) thresholds[i] = (double)i / (POINTS - 1);
    html_section(file, "thresholds", "Thresholds");
    if (precision_and_recall(&report->metrics->pixel_scores, precision, recall)) {
        const ChartSeries series[] = { { "precision", thresholds, precision, POINTS },
                                       { "recall", thresholds, recall, POINTS } };
        const Chart chart = { .title = "Pixels called a defect, of whatever class, by the least "
                                       "anomaly score",
                              .x_name = "least anomaly score",
                              .series = series,
                              .series_count = 2,
                              .unit_range = true };
        chart_write(file, &chart);
    } else {
        fputs("<p>No pixel is a defect.</p>\n", file);
    }
    html_section_end(file);
}

/* ---- Calibration ---- */

void run_charts_write_calibration(FILE *file, const RunReport *report) {
    const Calibration *calibration = &report->metrics->calibration;
    double confidence[CALIBRATION_BINS], right[CALIBRATION_BINS];
    for (int i = 0; i < CALIBRATION_BINS; i++) {
        const double pixels = (double)calibration->pixels[i];
        confidence[i] = pixels > 0 ? calibration->confidence[i] / pixels : NAN;
        right[i] = pixels > 0 ? (double)calibration->correct[i] / pixels : NAN;
    }
    const ChartSeries series = { "share of right pixels", confidence, right, CALIBRATION_BINS };
    const Chart chart = { .title =
                              "How often pixels are right, by the probability of their class; a "
                              "network that knows what it does not know is on the diagonal",
                          .x_name = "probability of the predicted class",
                          .series = &series,
                          .series_count = 1,
                          .unit_range = true,
                          .diagonal = true };
    html_section(file, "calibration", "Calibration");
    chart_write(file, &chart);
    html_section_end(file);
}
