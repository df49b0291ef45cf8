/* epoch_curves.c - the curves of a training, and its marked epochs. */
#include "hadnet/reports/epoch_curves.h"

#include <math.h>

const CurvePanel epoch_panels[EPOCH_PANELS] = {
    { .title = "Validation images",
      .curves = { { "val_miou_all", "mIoU, all classes" },
                  { "val_miou_defects", "mIoU, defects" },
                  { "val_pixel_auroc", "AUROC of pixels" } },
      .from_zero_to_one = true },
    { .title = "Loss, mean of an epoch",
      .curves = { { "loss", "loss, all terms" },
                  { "cross_entropy", "cross-entropy" },
                  { "dice", "Dice" },
                  { "lovasz", "Lovasz-softmax" },
                  { "auxiliary", "head's own, in stage 3" } } },
    { .title = "Autoencoders: squared error / variance of the features",
      .curves = { { "mse_over_variance_normal_1", "level 1, normal metal" },
                  { "mse_over_variance_normal_2", "level 2, normal metal" },
                  { "mse_over_variance_normal_3", "level 3, normal metal" },
                  { "mse_over_variance_normal_4", "level 4, normal metal" },
                  { "mse_over_variance_defect_1", "level 1, defects" },
                  { "mse_over_variance_defect_2", "level 2, defects" },
                  { "mse_over_variance_defect_3", "level 3, defects" },
                  { "mse_over_variance_defect_4", "level 4, defects" } } },
};

int epoch_best_row(const Csv *table) {
    int best = -1;
    for (int row = 0; row < table->rows; row++) {
        const double score = csv_cell(table, row, "val_miou_all");
        if (score > (best < 0 ? -1 : csv_cell(table, best, "val_miou_all"))) best = row;
    }
    return best;
}

/* A row whose epoch is no number has no place to mark. */
static void add_mark(AxisMark *marks, int *count, const Csv *table, int row, double beside,
                     const char *text) {
    const double epoch = csv_cell(table, row, "epoch");
    if (isfinite(epoch)) marks[(*count)++] = (AxisMark){ epoch + beside, text };
}

int epoch_marks(const Csv *table, AxisMark marks[EPOCH_MARKS_MAX]) {
    const int best = epoch_best_row(table);
    int count = 0, row = 0;
    while (row < table->rows && csv_cell(table, row, "stage") != 3) row++;
    if (row > 0 && row < table->rows) add_mark(marks, &count, table, row, -0.5, "stage 3");
    if (best >= 0) add_mark(marks, &count, table, best, 0, "best");
    return count;
}
