/* ablation_report.c - writes the results as text and CSV. */
#include "hadnet/ablation/ablation_report.h"

#include "hadnet/ablation/ablation_picture.h"
#include "hadnet/ablation/paired_difference.h"
#include "hadnet/command_line/text_file.h"
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

static void print_row(FILE *stream, const Ablation *ablation, const AblationScores *scores,
                      int row) {
    const int seeds = ablation->seeds, reference = ablation->table->reference;
    const Spread all = spread_of(scores->miou_all[row], seeds);
    const Spread defects = spread_of(scores->miou_defects[row], seeds);
    const Spread difference =
        spread_of_differences(scores->miou_all[row], scores->miou_all[reference], seeds);
    char first[32], second[32], third[32];
    fprintf(stream, "%-30s %5d  %16s  %16s  %16s\n", ablation->table->rows[row].name, all.count,
            in_percent(all.mean, all.deviation, first),
            in_percent(defects.mean, defects.deviation, second),
            row == reference ? "" : in_percent(difference.mean, difference.half, third));
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
        if (isnan(result.miou_all)) continue;
        fprintf(file, "%s,%d,%d,%s", ablation->table->rows[row].folder, seed, selection,
                parts[part]);
        const double numbers[] = { result.miou_all, result.miou_defects, result.pixel_auroc,
                                   result.nll, result.calibration_error };
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            char text[TEXT_NUMBER];
            fprintf(file, ",%s", isnan(numbers[i]) ? "" : text_number(numbers[i], text));
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
    fprintf(writer.file,
            "row,seed,selection,part,miou_all,miou_defects,pixel_auroc,nll,calibration_error\n");
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
