/* ablation_report.c - writes the results as text and CSV. */
#include "hadnet/ablation/ablation_report.h"

#include "hadnet/ablation/ablation_picture.h"
#include "hadnet/ablation/paired_difference.h"
#include "tensor/text_file.h"
#include "hadnet/training/run_folder.h"
#include "tensor/file_writer.h"

#include <math.h>

/* ---- Text ---- */

/* "81.23 +- 0.45", without the second part where there is none. */
static const char *in_percent(double value, double spread, char text[32]) {
    if (isnan(value))
        snprintf(text, 32, "-");
    else if (isnan(spread))
        snprintf(text, 32, "%.2f", 100 * value);
    else
        snprintf(text, 32, "%.2f +- %.2f", 100 * value, 100 * spread);
    return text;
}

static Spread spread_in(const Ablation *ablation, const AblationScores *scores,
                        AblationNumber number, int row) {
    return spread_of(scores->number[number][row], ablation->seeds);
}

/* Paired by seed: a row's number minus that of the reference. */
static Spread difference_in(const Ablation *ablation, const AblationScores *scores,
                            AblationNumber number, int row) {
    return spread_of_differences(scores->number[number][row],
                                 scores->number[number][ablation->table->reference],
                                 ablation->seeds);
}

static void print_row(FILE *stream, const Ablation *ablation, const AblationScores *scores,
                      int row) {
    const Spread all = spread_in(ablation, scores, ABLATION_MIOU_ALL, row);
    const Spread defects = spread_in(ablation, scores, ABLATION_MIOU_DEFECTS, row);
    const Spread difference = difference_in(ablation, scores, ABLATION_MIOU_ALL, row);
    char first[32], second[32], third[32];
    fprintf(stream, "%-30s %5d  %16s  %16s  %16s\n", ablation->table->rows[row].name, all.count,
            in_percent(all.mean, all.deviation, first),
            in_percent(defects.mean, defects.deviation, second),
            row == ablation->table->reference
                ? ""
                : in_percent(difference.mean, difference.half, third));
}

static void print_number(FILE *stream, int width, const char *format, double value) {
    char text[32] = "-";
    if (!isnan(value)) snprintf(text, sizeof text, format, value);
    fprintf(stream, "  %*s", width, text);
}

/* How sure a row is, and where in the ball its features and points are. */
static void print_sureness(FILE *stream, const Ablation *ablation, const AblationScores *scores,
                           int row) {
    const Spread difference = difference_in(ablation, scores, ABLATION_NLL, row);
    char text[32] = "";
    if (row != ablation->table->reference && !isnan(difference.half))
        snprintf(text, sizeof text, "%+.4f +- %.4f", difference.mean, difference.half);
    fprintf(stream, "%-30s", ablation->table->rows[row].name);
    print_number(stream, 7, "%.4f", spread_in(ablation, scores, ABLATION_NLL, row).mean);
    fprintf(stream, "  %18s", text);
    print_number(stream, 11, "%.2f",
                 100 * spread_in(ablation, scores, ABLATION_CALIBRATION_ERROR, row).mean);
    print_number(stream, 9, "%.3f", spread_in(ablation, scores, ABLATION_FEATURE_LENGTH, row).mean);
    print_number(stream, 9, "%.3f", spread_in(ablation, scores, ABLATION_POINT_LENGTH, row).mean);
    print_number(stream, 9, "%.2f",
                 100 * spread_in(ablation, scores, ABLATION_AGREEMENT, row).mean);
    fputc('\n', stream);
}

void ablation_print(FILE *stream, const Ablation *ablation, const AblationScores *scores) {
    const AblationTable *table = ablation->table;
    fprintf(stream, "%s\n\n", table->title);
    fprintf(stream, "%-30s %5s  %16s  %16s  %16s\n", "", "seeds", "mIoU all", "mIoU defects",
            "difference");
    for (int row = 0; row < table->count; row++) print_row(stream, ablation, scores, row);
    fprintf(stream,
            "\nTest images, last weights, percent: mean +- standard deviation over seeds; "
            "difference:\npaired by seed, mIoU all minus that of \"%s\", +- half its 95%% "
            "interval (Student)\n",
            table->rows[table->reference].name);
    fprintf(stream, "\n%-30s  %7s  %18s  %11s  %9s  %9s  %9s\n", "", "NLL", "difference",
            "calibration", "sc|u|", "sc|p|", "agreement");
    for (int row = 0; row < table->count; row++) print_sureness(stream, ablation, scores, row);
    fprintf(stream, "\nNLL in nats a pixel, its difference as above; calibration error in percent; "
                    "sc = sqrt(c), mean\nlength of features and of points; agreement: percent of "
                    "the head's cells whose class no curvature\nwould change\n");
}

static bool write_text(const Ablation *ablation, const AblationScores *scores, Error *error) {
    char path[RUN_PATH_MAX];
    FileWriter writer;
    snprintf(path, sizeof path, "%s/table.txt", ablation->folder);
    if (!file_writer_open(&writer, path, error)) return false;
    ablation_print(writer.file, ablation, scores);
    return file_writer_finish(&writer, true, error);
}

/* ---- CSV ---- */

static bool write_run(FILE *file, const Ablation *ablation, int row, int seed, int selection,
                      Error *error) {
    static const char *const parts[] = { "val", "test" };
    for (int part = 0; part < ABLATION_PARTS; part++) {
        AblationResult result;
        if (!ablation_result(ablation, row, seed, selection, (AblationPart)part, &result, error))
            return false;
        if (isnan(result.number[ABLATION_MIOU_ALL])) continue;
        fprintf(file, "%s,%d,%d,%s", ablation->table->rows[row].folder, seed, selection,
                parts[part]);
        for (int i = 0; i < ABLATION_NUMBERS; i++) {
            const double number = result.number[i];
            char text[TEXT_NUMBER];
            fprintf(file, ",%s", isnan(number) ? "" : text_number(number, text));
        }
        fputc('\n', file);
    }
    return true;
}

static bool write_csv(const Ablation *ablation, Error *error) {
    char path[RUN_PATH_MAX];
    FileWriter writer;
    bool good = true;
    snprintf(path, sizeof path, "%s/table.csv", ablation->folder);
    if (!file_writer_open(&writer, path, error)) return false;
    fprintf(writer.file, "row,seed,selection,part");
    for (int i = 0; i < ABLATION_NUMBERS; i++) fprintf(writer.file, ",%s", ablation_keys[i]);
    fputc('\n', writer.file);
    for (int row = 0; row < ablation->table->count; row++)
        for (int seed = 1; seed <= ablation->seeds; seed++)
            for (int k = 1; k <= ablation->table->rows[row].selections; k++)
                good = good && write_run(writer.file, ablation, row, seed, k, error);
    return file_writer_finish(&writer, good, good ? error : &(Error){ "" }) && good;
}

bool ablation_write(const Ablation *ablation, Error *error) {
    AblationScores scores;
    char path[RUN_PATH_MAX];
    snprintf(path, sizeof path, "%s/table.png", ablation->folder);
    return ablation_scores(ablation, &scores, error) && write_text(ablation, &scores, error) &&
           write_csv(ablation, error) && ablation_picture_write(ablation, &scores, path, error);
}
