/* channels.c - a table of the levels, a chart of AFSS's losses, and the channels' numbers. */
#include "hadnet/reports/page/channels.h"

#include "hadnet/reports/csv.h"
#include "hadnet/reports/page/chart.h"
#include "hadnet/reports/page/html.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

/* The losses of one level, from the smallest on. */
typedef struct LevelLosses {
    double *share, *loss; /* share: of the level's channels, from 0 to 1; owned */
    int count;
} LevelLosses;

static int rising(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Dead channels have a loss of 1e30, which no chart shows. */
static LevelLosses losses_of(const Csv *table, int level) {
    LevelLosses losses = { memory_new((size_t)table->rows + 1, sizeof(double)),
                           memory_new((size_t)table->rows + 1, sizeof(double)), 0 };
    for (int row = 0; row < table->rows; row++) {
        const double loss = csv_cell(table, row, "loss");
        if (csv_cell(table, row, "level") == level + 1 && loss < 1)
            losses.loss[losses.count++] = loss;
    }
    qsort(losses.loss, (size_t)losses.count, sizeof(double), rising);
    for (int i = 0; i < losses.count; i++) losses.share[i] = (i + 0.5) / losses.count;
    return losses;
}

static void write_chart(FILE *file, const Csv *table, int levels) {
    static const char *const names[MAX_LEVELS] = { "level 1, the finest", "level 2", "level 3",
                                                   "level 4" };
    LevelLosses losses[MAX_LEVELS];
    ChartSeries series[MAX_LEVELS];
    for (int i = 0; i < levels; i++) {
        losses[i] = losses_of(table, i);
        series[i] = (ChartSeries){ names[i], losses[i].share, losses[i].loss, losses[i].count };
    }
    chart_write(file,
                &(Chart){ .title = "AFSS's loss of every channel, smallest first: how far its "
                                   "change by a defect is from the target map",
                          .x_name = "share of the level's channels",
                          .series = series,
                          .series_count = levels });
    for (int i = 0; i < levels; i++) {
        free(losses[i].share);
        free(losses[i].loss);
    }
}

/* The loss of a channel; NaN: the table has none. */
static double loss_of(const Csv *table, int level, int channel) {
    for (int row = 0; row < table->rows; row++)
        if (csv_cell(table, row, "level") == level + 1 &&
            csv_cell(table, row, "channel") == channel)
            return csv_cell(table, row, "loss");
    return NAN;
}

static void write_levels(FILE *file, const Architecture *architecture) {
    fputs("<div class=\"wide\"><table><thead><tr><th>level</th><th>channels</th><th>kept</th></tr>"
          "</thead><tbody>\n",
          file);
    for (int level = 0; level < architecture->levels; level++)
        fprintf(file, "<tr><th scope=\"row\">%d</th><td>%d</td><td>%d</td></tr>\n", level + 1,
                architecture->channels[level], architecture->kept[level]);
    fputs("</tbody></table></div>\n", file);
}

static void write_numbers(FILE *file, const Network *network, const Csv *table) {
    const Architecture *architecture = network->options.architecture;
    fputs("<details><summary>their numbers, with AFSS's loss</summary><pre>", file);
    for (int level = 0; level < architecture->levels; level++) {
        fprintf(file, "level %d:", level + 1);
        for (int i = 0; i < architecture->kept[level]; i++) {
            const int channel = network->selected[level][i];
            const double loss = loss_of(table, level, channel);
            fprintf(file, "%s %d", i % 8 ? "" : "\n ", channel);
            if (!isnan(loss)) fprintf(file, " (%.4f)", loss);
        }
        fputs("\n", file);
    }
    fputs("</pre></details>\n", file);
}

bool channels_write(FILE *file, const RunReport *report, Error *error) {
    const NetworkOptions *options = &report->network->options;
    Csv table = { 0 };
    if (report->losses_path && !csv_read(report->losses_path, &table, error)) return false;
    html_section(file, "channels", "Channels");
    if (options->reduction == REDUCTION_PROJECTION) {
        fputs("<p>Levels are reduced by random projections; no channels are selected.</p>\n", file);
    } else {
        fprintf(file, "<p>The channels of each level that the autoencoders see, %s.</p>\n",
                options->reduction == REDUCTION_AFSS ? "by AFSS" : "at random");
        write_levels(file, options->architecture);
        if (table.rows > 0) write_chart(file, &table, options->architecture->levels);
        write_numbers(file, report->network, &table);
    }
    html_section_end(file);
    csv_free(&table);
    return true;
}
