/* prediction_tables.c - writes the rows and lines of the tables. */
#include "hadnet/prediction/prediction_tables.h"

#include "tensor/text_file.h"
#include "tensor/json.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef enum TableKind { IMAGES_CSV, REGIONS_CSV, IMAGES_JSON } TableKind;

/* Each file begins with what shows that it is this program's own. */
static const struct {
    const char *name, *beginning;
} tables_of[PREDICTION_TABLES] = {
    [IMAGES_CSV] = { "images.csv", "image,defect,score,regions,area,width,height,tiles,error\n" },
    [REGIONS_CSV] = { "regions.csv",
                      "image,region,label,class,area,left,top,width,height,mean_score,"
                      "largest_score\n" },
    [IMAGES_JSON] = { "images.jsonl", "{\"written_by\": \"hadnet_predict\"," },
};

static bool is_asked_for(const ResultsOptions *options, int kind) {
    return kind == IMAGES_JSON ? options->json : options->csv;
}

static bool path_of(const ResultsOptions *options, int kind, char path[PATH_MAX], Error *error) {
    const int length = snprintf(path, PATH_MAX, "%s/%s", options->folder, tables_of[kind].name);
    return length < PATH_MAX ||
           error_set(error, "%s: the name of the folder is too long", options->folder);
}

bool prediction_tables_may_be_written(const ResultsOptions *options, Error *error) {
    char path[PATH_MAX];
    for (int kind = 0; kind < PREDICTION_TABLES; kind++) {
        if (!is_asked_for(options, kind)) continue;
        if (!path_of(options, kind, path, error)) return false;
        if (options->overwrite || text_file_may_be_replaced(path, tables_of[kind].beginning))
            continue;
        return error_set(error,
                         "%s: exists, and hadnet_predict did not write it; choose another folder "
                         "with --out, or have it replaced with --overwrite",
                         path);
    }
    return true;
}

bool prediction_tables_open(PredictionTables *tables, const ResultsOptions *options,
                            const char *const *class_names, Error *error) {
    *tables = (PredictionTables){ .class_names = class_names };
    for (int kind = 0; kind < PREDICTION_TABLES; kind++) {
        char path[PATH_MAX];
        if (!is_asked_for(options, kind)) continue;
        if (!path_of(options, kind, path, error) ||
            !file_writer_open(&tables->writers[kind], path, error)) {
            for (; kind >= 0; kind--)
                if (tables->open[kind]) file_writer_finish(&tables->writers[kind], false, NULL);
            return false;
        }
        tables->open[kind] = true;
        if (kind != IMAGES_JSON) fputs(tables_of[kind].beginning, tables->writers[kind].file);
    }
    return true;
}

bool prediction_tables_close(PredictionTables *tables, bool keep, Error *error) {
    bool good = true;
    /* Backwards: a writer restores the signals that it found. */
    for (int kind = PREDICTION_TABLES - 1; kind >= 0; kind--)
        if (tables->open[kind])
            good &= file_writer_finish(&tables->writers[kind], keep, good ? error : NULL);
    return good;
}

/* ---- CSV ---- */

static void write_cell(FILE *file, const char *text) {
    const size_t length = strlen(text);
    const bool plain =
        !text[strcspn(text, ",\"\r\n")] && text[0] != ' ' && !(length && text[length - 1] == ' ');
    if (plain) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"') fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void write_image_row(FILE *file, const char *image, const HadnetAnswer *answer,
                            const AnswerSummary *summary) {
    write_cell(file, image);
    fprintf(file, ",%d,%.6f,%d,%" PRId64 ",%d,%d,%" PRId64 ",\n", answer->region_count > 0,
            (double)summary->score, answer->region_count, summary->defect_area, answer->width,
            answer->height, summary->tiles);
}

static void write_region_rows(FILE *file, const char *image, const HadnetAnswer *answer,
                              const char *const *class_names) {
    for (int i = 0; i < answer->region_count; i++) {
        const HadnetRegion *region = &answer->regions[i];
        write_cell(file, image);
        fprintf(file, ",%d,%d,", i + 1, region->class_index);
        write_cell(file, class_names[region->class_index]);
        fprintf(file, ",%" PRId64 ",%d,%d,%d,%d,%.6f,%.6f\n", region->area, region->left,
                region->top, region->width, region->height, (double)region->mean_score,
                (double)region->largest_score);
    }
}

/* ---- JSON lines ---- */

static JsonText begin_line(const char *image) {
    JsonText line = { 0 };
    json_append(&line, "%s \"image\": ", tables_of[IMAGES_JSON].beginning);
    json_append_string(&line, image);
    return line;
}

static void end_line(FILE *file, JsonText *line) {
    json_append(line, "}\n");
    fputs(line->bytes, file);
    free(line->bytes);
}

static void append_region(JsonText *line, const HadnetRegion *region, const char *class_name) {
    json_append(line, "{\"label\": %d, \"class\": ", region->class_index);
    json_append_string(line, class_name);
    json_append(line,
                ", \"area\": %" PRId64
                ", \"left\": %d, \"top\": %d, \"width\": %d, \"height\": %d, "
                "\"mean_score\": %.6f, \"largest_score\": %.6f}",
                region->area, region->left, region->top, region->width, region->height,
                (double)region->mean_score, (double)region->largest_score);
}

static void write_image_line(FILE *file, const char *image, const HadnetAnswer *answer,
                             const AnswerSummary *summary, const char *const *class_names) {
    JsonText line = begin_line(image);
    json_append(&line,
                ", \"defect\": %s, \"score\": %.6f, \"area\": %" PRId64
                ", \"width\": %d, \"height\": %d, \"tiles\": %" PRId64 ", \"regions\": [",
                answer->region_count > 0 ? "true" : "false", (double)summary->score,
                summary->defect_area, answer->width, answer->height, summary->tiles);
    for (int i = 0; i < answer->region_count; i++) {
        const HadnetRegion *region = &answer->regions[i];
        if (i) json_append(&line, ", ");
        append_region(&line, region, class_names[region->class_index]);
    }
    json_append(&line, "]");
    end_line(file, &line);
}

/* ---- All tables ---- */

void prediction_tables_add(PredictionTables *tables, const char *image, const HadnetAnswer *answer,
                           const AnswerSummary *summary) {
    if (tables->open[IMAGES_CSV])
        write_image_row(tables->writers[IMAGES_CSV].file, image, answer, summary);
    if (tables->open[REGIONS_CSV])
        write_region_rows(tables->writers[REGIONS_CSV].file, image, answer, tables->class_names);
    if (tables->open[IMAGES_JSON])
        write_image_line(tables->writers[IMAGES_JSON].file, image, answer, summary,
                         tables->class_names);
}

void prediction_tables_add_failure(PredictionTables *tables, const char *image, const char *error) {
    if (tables->open[IMAGES_CSV]) {
        FILE *file = tables->writers[IMAGES_CSV].file;
        write_cell(file, image);
        fprintf(file, ",,,,,,,,");
        write_cell(file, error);
        fputc('\n', file);
    }
    if (tables->open[IMAGES_JSON]) {
        JsonText line = begin_line(image);
        json_append(&line, ", \"error\": ");
        json_append_string(&line, error);
        end_line(tables->writers[IMAGES_JSON].file, &line);
    }
}
