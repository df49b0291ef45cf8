/* epoch_record.c - appends an epoch's row, prints its line, and redraws the curves. */
#include "hadnet/reports/epoch_record.h"

#include "hadnet/command_line/program.h"
#include "hadnet/reports/epoch_curves.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The parallel names and numbers of one row. */
typedef struct Row {
    int columns;
    char names[CSV_COLUMNS_MAX][40];
    double values[CSV_COLUMNS_MAX];
} Row;

static void add(Row *row, const char *name, double value) {
    snprintf(row->names[row->columns], sizeof *row->names, "%s", name);
    row->values[row->columns++] = value;
}

/* "name_1" for level 0. */
static void add_of_level(Row *row, const char *name, int level, double value) {
    char text[40];
    snprintf(text, sizeof text, "%s_%d", name, level + 1);
    add(row, text, value);
}

static double term(const EpochRecord *record, const char *name) {
    for (int i = 0; i < record->graph->term_count; i++)
        if (!strcmp(record->graph->terms[i].name, name)) return record->terms[i];
    return NAN;
}

static void add_terms(Row *row, const EpochRecord *record) {
    add(row, "cross_entropy", term(record, "cross_entropy"));
    add(row, "dice", term(record, "dice"));
    add(row, "lovasz", term(record, "lovasz"));
    add(row, "auxiliary", term(record, "auxiliary"));
    for (int i = 0; i < record->reconstruction->levels; i++) {
        char name[40];
        snprintf(name, sizeof name, "reconstruction_%d", i + 1);
        add(row, name, term(record, name));
    }
}

static void fill(Row *row, const EpochRecord *record) {
    const Reconstruction *rebuilt = record->reconstruction;
    row->columns = 0;
    add(row, "epoch", record->epoch);
    add(row, "stage", record->stage);
    add(row, "loss", record->loss);
    add_terms(row, record);
    for (int i = 0; i < rebuilt->levels; i++)
        add_of_level(row, "mse_over_variance_normal", i,
                     reconstruction_ratio(rebuilt, i, CELL_NORMAL));
    for (int i = 0; i < rebuilt->levels; i++)
        add_of_level(row, "mse_over_variance_defect", i,
                     reconstruction_ratio(rebuilt, i, CELL_DEFECT));
    add(row, "val_miou_defects", record->summary->miou_defects);
    add(row, "val_miou_all", record->summary->miou_all);
    add(row, "val_pixel_auroc", record->summary->pixel_auroc);
    add(row, "val_nll", record->summary->nll);
    add(row, "val_calibration_error", record->summary->calibration_error);
    add(row, "seconds", record->seconds);
}

static bool append(const RunFolder *folder, const EpochRecord *record, Error *error) {
    Row row;
    const char *names[CSV_COLUMNS_MAX];
    fill(&row, record);
    for (int i = 0; i < row.columns; i++) names[i] = row.names[i];
    return run_folder_append(folder, row.columns, names, row.values, error);
}

static void print_ratios(const Reconstruction *rebuilt, CellKind kind) {
    for (int i = 0; i < rebuilt->levels; i++) {
        const double ratio = reconstruction_ratio(rebuilt, i, kind);
        if (isnan(ratio))
            printf(" -");
        else
            printf(" %.2f", ratio);
    }
}

static void print_line(const EpochRecord *record) {
    printf("epoch %d/%d  stage %d  loss %.4f  val mIoU defects %.4f  all %.4f  %.1f s\n",
           record->epoch, record->epochs, record->stage, record->loss,
           record->summary->miou_defects, record->summary->miou_all, record->seconds);
    if (record->stage == 3) {
        printf("  autoencoders, MSE / variance per level: normal metal");
        print_ratios(record->reconstruction, CELL_NORMAL);
        printf(", defects");
        print_ratios(record->reconstruction, CELL_DEFECT);
        printf("\n");
    }
    fflush(stdout);
}

/* Draw the curves from metrics.csv. A failure does not end the training. */
static void draw_curves(const RunFolder *folder, bool *without_curves) {
    char table[RUN_PATH_MAX], picture[RUN_PATH_MAX];
    Error error = { "" };
    const bool drawn =
        curves_write(run_folder_file(folder, "metrics.csv", table), epoch_panels, EPOCH_PANELS,
                     run_folder_file(folder, "curves.png", picture), &error);
    if (!drawn && !*without_curves) {
        Error line;
        error_set(&line, "warning: %s; the training goes on", error.text);
        program_warn(line.text);
    }
    *without_curves = !drawn || *without_curves;
}

bool epoch_record_write(const RunFolder *folder, const EpochRecord *record, bool *without_curves,
                        Error *error) {
    print_line(record);
    if (!append(folder, record, error)) return false;
    draw_curves(folder, without_curves);
    return true;
}
