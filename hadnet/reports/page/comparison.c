/* comparison.c - reads the runs and writes the sections of the page. */
#include "hadnet/reports/page/comparison.h"

#include "tensor/text_file.h"
#include "hadnet/reports/epoch_curves.h"
#include "hadnet/reports/page/html.h"
#include "hadnet/training/run_folder.h"
#include "tensor/file_writer.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line "name = value" of settings.txt. */
typedef struct Setting {
    const char *name, *value;
} Setting;

typedef struct ComparedRun {
    const char *folder;
    char *text; /* of settings.txt; the settings point into it; owned */
    Setting *settings;
    int setting_count;
    Csv metrics; /* owned */
} ComparedRun;

/* ---- Reading ---- */

static void cut_settings(ComparedRun *run) {
    for (char *line = run->text, *next; line; line = next) {
        next = text_line_end(line);
        char *equals = strstr(line, " = ");
        if (*line == '#' || !equals) continue;
        *equals = '\0';
        run->settings =
            memory_one_more(run->settings, (size_t)run->setting_count, sizeof *run->settings);
        run->settings[run->setting_count++] = (Setting){ line, equals + 3 };
    }
}

static bool read_run(ComparedRun *run, Error *error) {
    char path[RUN_PATH_MAX];
    if (strlen(run->folder) > RUN_PATH_MAX / 2)
        return error_set(error, "a folder's name of %zu bytes is too long", strlen(run->folder));
    snprintf(path, sizeof path, "%s/settings.txt", run->folder);
    if (!(run->text = text_file_read(path, error))) return false;
    cut_settings(run);
    snprintf(path, sizeof path, "%s/metrics.csv", run->folder);
    if (!csv_read(path, &run->metrics, error)) return false;
    return csv_column(&run->metrics, "epoch") >= 0 ||
           error_set(error, "%s: has no column 'epoch'; expected one that hadnet_train wrote",
                     path);
}

static void free_run(ComparedRun *run) {
    free(run->text);
    free(run->settings);
    csv_free(&run->metrics);
}

/* NULL: the run has no such setting. */
static const char *setting_of(const ComparedRun *run, const char *name) {
    for (int i = 0; i < run->setting_count; i++)
        if (!strcmp(run->settings[i].name, name)) return run->settings[i].value;
    return NULL;
}

static bool differs(const ComparedRun *runs, int count, const char *name) {
    const char *first = setting_of(&runs[0], name);
    for (int i = 1; i < count; i++) {
        const char *other = setting_of(&runs[i], name);
        if (!first != !other || (first && strcmp(first, other) != 0)) return true;
    }
    return false;
}

/* The first run that has the setting: in its place it is listed. */
static bool is_first_with(const ComparedRun *runs, int run, const char *name) {
    for (int i = 0; i < run; i++)
        if (setting_of(&runs[i], name)) return false;
    return true;
}

/* ---- Sections ---- */

static void write_heads(FILE *file, const ComparedRun *runs, int count, const char *corner) {
    fprintf(file, "<div class=\"wide\"><table><thead><tr><th>%s</th>", corner);
    for (int i = 0; i < count; i++) {
        fputs("<th scope=\"col\">", file);
        html_text(file, runs[i].folder);
        fputs("</th>", file);
    }
    fputs("</tr></thead><tbody>\n", file);
}

static void write_setting(FILE *file, const ComparedRun *runs, int count, const char *name) {
    fputs("<tr><th scope=\"row\">", file);
    html_text(file, name);
    fputs("</th>", file);
    for (int i = 0; i < count; i++) {
        const char *value = setting_of(&runs[i], name);
        fputs("<td>", file);
        html_text(file, value ? value : "-");
        fputs("</td>", file);
    }
    fputs("</tr>\n", file);
}

static void write_differences(FILE *file, const ComparedRun *runs, int count) {
    int rows = 0;
    html_section(file, "settings", "Settings that differ");
    write_heads(file, runs, count, "setting");
    for (int run = 0; run < count; run++)
        for (int i = 0; i < runs[run].setting_count; i++) {
            const char *name = runs[run].settings[i].name;
            if (!is_first_with(runs, run, name) || !differs(runs, count, name)) continue;
            write_setting(file, runs, count, name);
            rows++;
        }
    fputs("</tbody></table></div>\n", file);
    if (rows == 0) fputs("<p>None.</p>\n", file);
    html_section_end(file);
}

static void write_score(FILE *file, const ComparedRun *runs, int count, const char *name,
                        const char *column) {
    fprintf(file, "<tr><th scope=\"row\">%s</th>", name);
    for (int i = 0; i < count; i++) {
        const int best = epoch_best_row(&runs[i].metrics);
        const double score = best < 0 ? NAN : csv_cell(&runs[i].metrics, best, column);
        fputs(isnan(score) ? "<td>-</td>" : "<td>", file);
        if (!isnan(score)) fprintf(file, "%.2f</td>", 100 * score);
    }
    fputs("</tr>\n", file);
}

static void write_scores(FILE *file, const ComparedRun *runs, int count) {
    html_section(file, "scores", "Best epoch, on validation images");
    write_heads(file, runs, count, "");
    write_score(file, runs, count, "mIoU over all classes, %", "val_miou_all");
    write_score(file, runs, count, "mIoU over defects, %", "val_miou_defects");
    write_score(file, runs, count, "AUROC of pixels, %", "val_pixel_auroc");
    fputs("<tr><th scope=\"row\">best epoch</th>", file);
    for (int i = 0; i < count; i++) {
        const int best = epoch_best_row(&runs[i].metrics);
        if (best < 0)
            fputs("<td>-</td>", file);
        else
            fprintf(file, "<td>%.0f</td>", csv_cell(&runs[i].metrics, best, "epoch"));
    }
    fputs("</tr>\n<tr><th scope=\"row\">epochs so far</th>", file);
    for (int i = 0; i < count; i++) fprintf(file, "<td>%d</td>", runs[i].metrics.rows);
    fputs("</tr>\n<tr><th scope=\"row\">minutes</th>", file);
    for (int i = 0; i < count; i++) {
        double seconds = 0;
        for (int row = 0; row < runs[i].metrics.rows; row++)
            seconds += csv_cell(&runs[i].metrics, row, "seconds");
        fprintf(file, "<td>%.1f</td>", seconds / 60);
    }
    fputs("</tr>\n</tbody></table></div>\n", file);
    html_section_end(file);
}

/* Where stage 3 begins, if it does so in every run at once; the best epoch of a single run. */
static int common_marks(const ComparedRun *runs, int count, AxisMark marks[EPOCH_MARKS_MAX]) {
    int kept = epoch_marks(&runs[0].metrics, marks);
    for (int i = 1; i < count; i++) {
        AxisMark others[EPOCH_MARKS_MAX];
        const int other = epoch_marks(&runs[i].metrics, others);
        const bool same = kept > 0 && other > 0 && !strcmp(marks[0].text, "stage 3") &&
                          !strcmp(others[0].text, "stage 3") && marks[0].at == others[0].at;
        kept = same ? 1 : 0;
    }
    return kept;
}

static void write_curve(FILE *file, const ComparedRun *runs, int count, const char *title,
                        const char *column, bool unit_range) {
    ChartSeries series[COMPARISON_RUNS_MAX];
    for (int i = 0; i < count; i++) {
        const Csv *table = &runs[i].metrics;
        double *x = memory_new((size_t)table->rows + 1, sizeof *x);
        double *y = memory_new((size_t)table->rows + 1, sizeof *y);
        for (int row = 0; row < table->rows; row++) {
            x[row] = csv_cell(table, row, "epoch");
            y[row] = csv_cell(table, row, column);
        }
        series[i] = (ChartSeries){ runs[i].folder, x, y, table->rows };
    }
    AxisMark marks[EPOCH_MARKS_MAX];
    const Chart chart = { .title = title,
                          .x_name = "epoch",
                          .series = series,
                          .series_count = count,
                          .marks = marks,
                          .mark_count = common_marks(runs, count, marks),
                          .unit_range = unit_range };
    chart_write(file, &chart);
    for (int i = 0; i < count; i++) {
        free((void *)series[i].x);
        free((void *)series[i].y);
    }
}

static void write_curves(FILE *file, const ComparedRun *runs, int count) {
    html_section(file, "curves", "Curves");
    fputs("<div class=\"grid\">\n", file);
    write_curve(file, runs, count, "Validation mIoU over all classes", "val_miou_all", true);
    write_curve(file, runs, count, "Validation mIoU over defects", "val_miou_defects", true);
    write_curve(file, runs, count, "Loss, mean of an epoch", "loss", false);
    fputs("</div>\n", file);
    html_section_end(file);
}

static bool write_page(const char *path, const ComparedRun *runs, int count, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    html_begin(writer.file, "Training runs compared");
    write_scores(writer.file, runs, count);
    write_differences(writer.file, runs, count);
    write_curves(writer.file, runs, count);
    html_end(writer.file);
    return file_writer_finish(&writer, true, error);
}

bool comparison_write(const char *path, const char *const *folders, int count, Error *error) {
    ComparedRun runs[COMPARISON_RUNS_MAX] = { { .folder = NULL } };
    bool good = count > 0 && count <= COMPARISON_RUNS_MAX;
    if (!good)
        return error_set(error, "%d runs; expected 1 to %d folders of runs", count,
                         COMPARISON_RUNS_MAX);
    for (int i = 0; i < count; i++) {
        runs[i].folder = folders[i];
        good = good && read_run(&runs[i], error);
    }
    good = good && write_page(path, runs, count, error);
    for (int i = 0; i < count; i++) free_run(&runs[i]);
    return good;
}
