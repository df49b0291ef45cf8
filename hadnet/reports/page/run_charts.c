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
