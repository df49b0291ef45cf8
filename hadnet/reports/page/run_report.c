/* run_report.c - the sections of a run's page. */
#include "hadnet/reports/page/run_report.h"

#include "tensor/text_file.h"
#include "hadnet/reports/page/channels.h"
#include "hadnet/reports/page/disk.h"
#include "hadnet/reports/page/html.h"
#include "hadnet/reports/page/run_charts.h"
#include "hadnet/reports/palette.h"
#include "tensor/file_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const *names_of(const RunReport *report) {
    return (const char *const *)report->card->class_names;
}

static const char *percent(double share, char text[16]) {
    if (isnan(share)) return "-";
    snprintf(text, 16, "%.2f", 100 * share);
    return text;
}

static void write_links(FILE *file) {
    static const char *const ids[] = { "curves",     "classes",     "confusion",
                                       "thresholds", "calibration", "examples",
                                       "channels",   "disk",        "settings" };
    fputs("<nav>", file);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        fprintf(file, "<a href=\"#%s\">%s</a> ", ids[i], ids[i]);
    fputs("</nav>\n", file);
}

static void write_summary(FILE *file, const RunReport *report, const MetricsSummary *summary) {
    const struct {
        const char *name;
        double value;
    } rows[] = { { "mIoU over all classes, %", summary->miou_all },
                 { "mIoU over defects, %", summary->miou_defects },
                 { "F1, mean over classes, %", summary->f1_macro },
                 { "pixel accuracy, %", summary->pixel_accuracy },
                 { "AUROC of pixels, %", summary->pixel_auroc },
                 { "AUROC of images, %", summary->image_auroc },
                 { "calibration error, %", summary->calibration_error } };
    char text[48];
    html_section(file, "summary", "Summary");
    fputs("<p>", file);
    html_text(file, report->evaluated);
    fprintf(file, ": %" PRId64 " images, %" PRId64 " pixels, at the masks' own size.</p>\n",
            summary->images, summary->pixels);
    fputs("<div class=\"wide\"><table><tbody>\n", file);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        html_pair(file, rows[i].name, percent(rows[i].value, text));
    snprintf(text, sizeof text, "%.4f", summary->nll);
    html_pair(file, "NLL, nats a pixel", isnan(summary->nll) ? "-" : text);
    fputs("</tbody></table></div>\n", file);
    html_section_end(file);
}

/* ---- Classes ---- */

static void write_class_name(FILE *file, const RunReport *report, int k) {
    const Colour colour = class_colour(k);
    fprintf(file,
            "<th scope=\"row\"><span class=\"key\" style=\"background:#%02x%02x%02x\"></span>",
            colour.red, colour.green, colour.blue);
    html_text(file, names_of(report)[k]);
    fputs("</th>", file);
}

static int64_t predicted_pixels(const Metrics *metrics, int k) {
    int64_t pixels = 0;
    for (int truth = 0; truth < metrics->classes; truth++)
        pixels += metrics->counts[truth * metrics->classes + k];
    return pixels;
}

static double share(int64_t part, int64_t whole) {
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static void write_classes(FILE *file, const RunReport *report, const MetricsSummary *summary) {
    const Metrics *metrics = report->metrics;
    char text[16];
    html_section(file, "classes", "Classes");
    fputs("<div class=\"wide\"><table><thead><tr><th>class</th><th>IoU %</th><th>F1 %</th>"
          "<th>precision %</th><th>recall %</th><th>true pixels</th></tr></thead><tbody>\n",
          file);
    for (int k = 0; k < summary->classes; k++) {
        const int64_t right = metrics->counts[k * metrics->classes + k];
        fputs("<tr>", file);
        write_class_name(file, report, k);
        fprintf(file, "<td>%s</td>", percent(summary->iou[k], text));
        fprintf(file, "<td>%s</td>", percent(summary->f1[k], text));
        fprintf(file, "<td>%s</td>", percent(share(right, predicted_pixels(metrics, k)), text));
        fprintf(file, "<td>%s</td>", percent(share(right, summary->truth_pixels[k]), text));
        fprintf(file, "<td>%" PRId64 "</td></tr>\n", summary->truth_pixels[k]);
    }
    fputs("</tbody></table></div>\n", file);
    html_section_end(file);
}

static void write_confusion(FILE *file, const RunReport *report, const MetricsSummary *summary) {
    const Metrics *metrics = report->metrics;
    char text[16];
    html_section(file, "confusion", "Confusion");
    fputs("<p>Of the pixels of each true class, a row, the percentage that was given each "
          "class.</p>\n"
          "<div class=\"wide\"><table><thead><tr><th>true class</th>",
          file);
    for (int k = 0; k < metrics->classes; k++) {
        fputs("<th scope=\"col\">", file);
        html_text(file, names_of(report)[k]);
        fputs("</th>", file);
    }
    fputs("</tr></thead><tbody>\n", file);
    for (int truth = 0; truth < metrics->classes; truth++) {
        fputs("<tr>", file);
        write_class_name(file, report, truth);
        for (int k = 0; k < metrics->classes; k++) {
            const double part =
                share(metrics->counts[truth * metrics->classes + k], summary->truth_pixels[truth]);
            fprintf(
                file,
                "<td style=\"background:color-mix(in srgb,var(--c%d) %.0f%%,transparent)\">%s</td>",
                k == truth ? 2 : 1, isnan(part) ? 0 : 55 * part, percent(part, text));
        }
        fputs("</tr>\n", file);
    }
    fputs("</tbody></table></div>\n", file);
    html_section_end(file);
}

/* ---- Examples ---- */

static bool write_example(FILE *file, const OverlaySample *sample, double iou) {
    const int width = sample->image.width, height = sample->image.height;
    Image truth = overlay_blend(&sample->image, sample->truth);
    Image found = overlay_blend(&sample->image, sample->prediction);
    Image score = overlay_heat(sample->scores, width, height);
    fputs("<figure><div class=\"shots\">\n", file);
    const bool good =
        html_image(file, &sample->image, "the image") && html_image(file, &truth, "its labels") &&
        html_image(file, &found, "the prediction") && html_image(file, &score, "the anomaly score");
    fputs("</div><figcaption>", file);
    html_text(file, sample->caption ? sample->caption : "");
    if (!isnan(iou)) fprintf(file, ": IoU %.1f %%", 100 * iou);
    fputs("</figcaption></figure>\n", file);
    image_free(&truth);
    image_free(&found);
    image_free(&score);
    return good;
}

static bool write_extremes(FILE *file, const char *title, const Extremes *extremes) {
    bool good = true;
    fprintf(file, "<h3>%s</h3>\n", title);
    for (int i = 0; i < extremes->count; i++)
        good = good && write_example(file, &extremes->samples[i], extremes->iou[i]);
    return good;
}

static bool write_examples(FILE *file, const RunReport *report) {
    const Examples *examples = report->examples;
    bool good = true;
    html_section(file, "examples", "Examples");
    fputs(
        "<p>Image, labels, prediction and anomaly score (dark: 0, pale: 1) at the network's size. "
        "IoU is the mean over the image's defects, at the mask's own size.</p>\n",
        file);
    if (examples->worst.count > 0)
        good = write_extremes(file, "Found worst", &examples->worst) &&
               write_extremes(file, "Found best", &examples->best);
    if (examples->count > 0) fputs("<h3>The first of every class</h3>\n", file);
    for (int i = 0; i < examples->count; i++)
        good = good && write_example(file, &examples->samples[i], NAN);
    if (examples->count == 0) fputs("<p>No image has a defect.</p>\n", file);
    html_section_end(file);
    return good;
}

/* ---- The network ---- */

static void write_disk(FILE *file, const RunReport *report) {
    html_section(file, "disk", "The Poincaré disk");
    if (!report->geometry) {
        fputs("<p>The head of this network is Euclidean.</p>\n", file);
        html_section_end(file);
        return;
    }
    const Geometry geometry = geometry_of(report->geometry);
    fprintf(file,
            "<p>Features of pixels, up to %d of every class, in the plane of the two directions "
            "in which they are longest (principal components about the origin), put into the disk "
            "by exp<sub>0</sub>. A line is where that plane cuts the hyperplane of a class; the "
            "features of the other %d dimensions are not shown. Curvature %.4g; sqrt(c)|u| is %.3f "
            "on average, sqrt(c)|p| %.3f; %.2f%% of the cells have the class that no curvature "
            "would give.</p>\n",
            EMBEDDINGS_PER_CLASS, (int)report->geometry->embeddings->dimension - 2,
            geometry.curvature, geometry.feature_mean, geometry.point_mean,
            100 * geometry.agreement);
    disk_write(file, report->geometry->embeddings, &report->network->head, names_of(report),
               report->card->classes);
    html_section_end(file);
}

static bool write_settings(FILE *file, const RunReport *report, Error *error) {
    char *text = report->settings_path ? text_file_read(report->settings_path, error) : NULL;
    if (report->settings_path && !text) return false;
    html_section(file, "settings", "Settings");
    if (text)
        fputs("<p>RUN is the folder of this page. From where it was trained, this trains it "
              "again:</p>\n<pre>hadnet_train --settings RUN/settings.txt --out AGAIN</pre>\n",
              file);
    fputs("<pre>", file);
    html_text(file, text ? text : "not known");
    fputs("</pre>\n", file);
    html_section_end(file);
    free(text);
    return true;
}

bool run_report_write(const char *path, const RunReport *report, Error *error) {
    const MetricsSummary summary = metrics_summary(report->metrics);
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    html_begin(writer.file, report->title);
    write_links(writer.file);
    write_summary(writer.file, report, &summary);
    bool good = run_charts_write_curves(writer.file, report, error);
    write_classes(writer.file, report, &summary);
    write_confusion(writer.file, report, &summary);
    run_charts_write_thresholds(writer.file, report);
    run_charts_write_calibration(writer.file, report);
    if (good && !write_examples(writer.file, report))
        good = error_no_memory(error, "the pictures of %s", path);
    good = good && channels_write(writer.file, report, error);
    write_disk(writer.file, report);
    good = good && write_settings(writer.file, report, error);
    html_end(writer.file);
    return file_writer_finish(&writer, good, good ? error : &(Error){ "" }) && good;
}
