/* run_charts.c - takes the numbers of the charts from metrics.csv and from an evaluation. */
#include "hadnet/reports/page/run_charts.h"

#include "hadnet/reports/epoch_curves.h"
#include "hadnet/reports/page/chart.h"
#include "hadnet/reports/page/html.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

/* ---- Curves ---- */

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

static void write_panel(FILE *file, const Csv *table, const CurvePanel *panel) {
    AxisMark marks[EPOCH_MARKS_MAX];
    const Curve *curves = panel->curves;
    ChartSeries series[CHART_SERIES_MAX];
    double *epochs = column_of(table, csv_column(table, "epoch")), *cells[CHART_SERIES_MAX];
    int count = 0;
    for (int i = 0; i < CURVES_PER_PANEL_MAX && curves[i].column; i++) {
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
    const Chart chart = { .title = panel->title,
                          .x_name = "epoch",
                          .series = series,
                          .series_count = count,
                          .marks = marks,
                          .mark_count = epoch_marks(table, marks),
                          .unit_range = panel->from_zero_to_one };
    if (count > 0) chart_write(file, &chart);
    for (int i = 0; i < count; i++) free(cells[i]);
    free(epochs);
}

bool run_charts_write_curves(FILE *file, const RunReport *report, Error *error) {
    Csv table = { 0 };
    html_section(file, "curves", "Curves");
    if (report->metrics_path && !csv_read(report->metrics_path, &table, error)) return false;
    if (report->metrics_path && csv_column(&table, "epoch") >= 0) {
        fputs("<div class=\"grid\">\n", file);
        for (int i = 0; i < EPOCH_PANELS; i++) write_panel(file, &table, &epoch_panels[i]);
        fputs("</div>\n<p>An autoencoder that knows the mean of the features alone has an error of "
              "1 variance.</p>\n",
              file);
    } else {
        fputs("<p>There is no metrics.csv beside these weights.</p>\n", file);
    }
    csv_free(&table);
    html_section_end(file);
    return true;
}

/* ---- Thresholds ---- */

/* Precision and recall of the pixels with a score of at least each threshold i/100. */
static bool precision_and_recall(const ScoreHistogram *scores, double *precision, double *recall) {
    int64_t all = 0, found = 0, right = 0;
    int bin = SCORE_BINS - 1;
    if (!scores->counts[1] || !scores->counts[0]) return false;
    for (int i = 0; i < SCORE_BINS; i++) all += scores->counts[1][i];
    if (all == 0) return false;
    for (int i = THRESHOLDS - 1; i >= 0; i--) {
        for (const int least = score_bin((float)threshold_value(i)); bin >= least; bin--) {
            right += scores->counts[1][bin];
            found += scores->counts[0][bin] + scores->counts[1][bin];
        }
        precision[i] = found > 0 ? (double)right / (double)found : NAN;
        recall[i] = (double)right / (double)all;
    }
    return true;
}

/* The defects with most true pixels, at most as many as a chart has lines; returns how many. */
static int largest_defects(const MetricsSummary *summary, int classes[CHART_SERIES_MAX]) {
    int count = 0;
    for (int k = 1; k < summary->classes; k++) {
        int place = count;
        while (place > 0 && summary->truth_pixels[classes[place - 1]] < summary->truth_pixels[k])
            place--;
        if (summary->truth_pixels[k] == 0 || place == CHART_SERIES_MAX) continue;
        if (count < CHART_SERIES_MAX) count++;
        for (int i = count - 1; i > place; i--) classes[i] = classes[i - 1];
        classes[place] = k;
    }
    return count;
}

/* A line for each of the defects. */
static void write_class_thresholds(FILE *file, const RunReport *report, const double *thresholds) {
    const MetricsSummary summary = metrics_summary(report->metrics);
    double precision[CHART_SERIES_MAX][THRESHOLDS], recall[CHART_SERIES_MAX][THRESHOLDS];
    ChartSeries of_precision[CHART_SERIES_MAX], of_recall[CHART_SERIES_MAX];
    int classes[CHART_SERIES_MAX];
    const int count = largest_defects(&summary, classes);
    for (int i = 0; i < count; i++) {
        const char *name = report->card->class_names[classes[i]];
        threshold_counts_curve(&report->metrics->thresholds, classes[i],
                               summary.truth_pixels[classes[i]], precision[i], recall[i]);
        of_precision[i] = (ChartSeries){ name, thresholds, precision[i], THRESHOLDS };
        of_recall[i] = (ChartSeries){ name, thresholds, recall[i], THRESHOLDS };
    }
    Chart chart = { .title = "Precision of each class: its share of the pixels that are given it",
                    .x_name = "least anomaly score",
                    .series = of_precision,
                    .series_count = count,
                    .unit_range = true };
    chart_write(file, &chart);
    chart.title = "Recall of each class: the share of its pixels that are given it";
    chart.series = of_recall;
    chart_write(file, &chart);
}

void run_charts_write_thresholds(FILE *file, const RunReport *report) {
    double thresholds[THRESHOLDS], precision[THRESHOLDS], recall[THRESHOLDS];
    for (int i = 0; i < THRESHOLDS; i++) thresholds[i] = threshold_value(i);
    html_section(file, "thresholds", "Thresholds");
    fputs("<p><code>hadnet_predict --threshold T</code> calls a pixel a defect if its anomaly "
          "score is at least T, and gives it the most probable defect.</p>\n",
          file);
    if (precision_and_recall(&report->metrics->pixel_scores, precision, recall)) {
        const ChartSeries series[] = { { "precision", thresholds, precision, THRESHOLDS },
                                       { "recall", thresholds, recall, THRESHOLDS } };
        const Chart chart = { .title = "Pixels called a defect, of whatever class, by the least "
                                       "anomaly score",
                              .x_name = "least anomaly score",
                              .series = series,
                              .series_count = 2,
                              .unit_range = true };
        fputs("<div class=\"grid\">\n", file);
        chart_write(file, &chart);
        write_class_thresholds(file, report, thresholds);
        fputs("</div>\n", file);
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
