/* metrics_report.c - prints metrics as a table, and writes them as JSON. */
#include "tensor/text_file.h"
#include "hadnet/reports/metrics.h"
#include "tensor/json.h"
#include "tensor/file_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int name_width(const MetricsSummary *summary, const char *const *class_names) {
    size_t width = strlen("mIoU, all classes");
    for (int k = 0; k < summary->classes; k++)
        if (strlen(class_names[k]) > width) width = strlen(class_names[k]);
    return width > 60 ? 60 : (int)width;
}

/* A share as a percentage, 8 columns wide. */
static const char *percent(double share, char text[16]) {
    if (isnan(share)) return "       -";
    snprintf(text, 16, "%8.2f", 100 * share);
    return text;
}

void metrics_print_table(FILE *stream, const MetricsSummary *summary,
                         const char *const *class_names) {
    const int width = name_width(summary, class_names);
    const struct {
        const char *name;
        double value;
    } rows[] = { { "mIoU, defects", summary->miou_defects },
                 { "mIoU, all classes", summary->miou_all },
                 { "F1 macro", summary->f1_macro },
                 { "F1 weighted", summary->f1_weighted },
                 { "pixel accuracy", summary->pixel_accuracy },
                 { "pixel AUROC", summary->pixel_auroc },
                 { "image AUROC", summary->image_auroc },
                 { "calibration error", summary->calibration_error } };
    char a[16], b[16];
    fprintf(stream, "%-*s   IoU %%    F1 %%    true pixels\n", width, "class");
    for (int k = 0; k < summary->classes; k++)
        fprintf(stream, "%-*.*s%s%s%15" PRId64 "\n", width, width, class_names[k],
                percent(summary->iou[k], a), percent(summary->f1[k], b), summary->truth_pixels[k]);
    fputc('\n', stream);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        fprintf(stream, "%-*s%s\n", width, rows[i].name, percent(rows[i].value, a));
    if (!isnan(summary->nll))
        fprintf(stream, "%-*s%10.4f\n", width, "NLL, nats a pixel", summary->nll);
    fprintf(stream, "%" PRId64 " images, %" PRId64 " pixels", summary->images, summary->pixels);
    if (summary->ignored) fprintf(stream, ", %" PRId64 " more ignored", summary->ignored);
    if (summary->nan_scores) fprintf(stream, "; %" PRId64 " scores are NaN", summary->nan_scores);
    fputc('\n', stream);
}

static const char *number_or_null(double value, char text[TEXT_NUMBER]) {
    return isfinite(value) ? text_number(value, text) : "null";
}

static void write_classes(FILE *stream, const MetricsSummary *summary,
                          const char *const *class_names) {
    fprintf(stream, "  \"classes\": [\n");
    for (int k = 0; k < summary->classes; k++) {
        char iou[TEXT_NUMBER], f1[TEXT_NUMBER];
        JsonText name = { 0 };
        json_append_string(&name, class_names[k]);
        fprintf(stream,
                "    {\"name\": %s, \"iou\": %s, \"f1\": %s, \"truth_pixels\": %" PRId64 "}%s\n",
                name.bytes, number_or_null(summary->iou[k], iou),
                number_or_null(summary->f1[k], f1), summary->truth_pixels[k],
                k + 1 < summary->classes ? "," : "");
        free(name.bytes);
    }
    fprintf(stream, "  ],\n");
}

/* The key that marks a file as this program's own. */
static const char json_beginning[] = "{\n  \"written_by\": \"hadnet_eval\",\n";

bool metrics_json_may_replace(const char *path, Error *error) {
    return text_file_may_be_replaced(path, json_beginning) ||
           error_set(error,
                     "%s: exists, and hadnet_eval did not write it; choose another file with "
                     "--json, or have it replaced with --overwrite",
                     path);
}

bool metrics_write_json(const char *path, const MetricsSummary *summary,
                        const char *const *class_names, void (*more)(FILE *, const void *),
                        const void *context, Error *error) {
    const struct {
        const char *key;
        double value;
    } rows[] = { { "miou_defects", summary->miou_defects },
                 { "miou_all", summary->miou_all },
                 { "f1_macro", summary->f1_macro },
                 { "f1_weighted", summary->f1_weighted },
                 { "pixel_accuracy", summary->pixel_accuracy },
                 { "pixel_auroc", summary->pixel_auroc },
                 { "image_auroc", summary->image_auroc },
                 { "nll", summary->nll },
                 { "calibration_error", summary->calibration_error } };
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    fputs(json_beginning, writer.file);
    write_classes(writer.file, summary, class_names);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char number[TEXT_NUMBER];
        fprintf(writer.file, "  \"%s\": %s,\n", rows[i].key, number_or_null(rows[i].value, number));
    }
    if (more) more(writer.file, context);
    fprintf(writer.file,
            "  \"pixels\": %" PRId64 ",\n  \"ignored_pixels\": %" PRId64 ",\n  \"images\": %" PRId64
            ",\n  \"nan_scores\": %" PRId64 "\n}\n",
            summary->pixels, summary->ignored, summary->images, summary->nan_scores);
    return file_writer_finish(&writer, true, error);
}
