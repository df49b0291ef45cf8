/* selection.c - the pass of stage 2 over the training pairs. */
#include "hadnet/training/selection.h"

#include "data/loader.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/progress.h"
#include "hadnet/model/afss.h"
#include "hadnet/model/afss_statistics.h"
#include "hadnet/model/feature_statistics.h"
#include "hadnet/model/feed.h"
#include "hadnet/reports/csv.h"
#include "hadnet/reports/mask_cells.h"
#include "hadnet/training/training_graph.h"
#include "hadnet/training/training_images.h"

#include <stdlib.h>

enum { PAIRS_PURPOSE = 0xaf55 };

/* Running sums of the correlation between the target map and the mask, over all pixels so far. */
typedef struct Correlation {
    double n, x, y, xx, yy, xy;
} Correlation;

static void correlation_add(Correlation *sums, double x, double y) {
    sums->n += 1;
    sums->x += x;
    sums->y += y;
    sums->xx += x * x;
    sums->yy += y * y;
    sums->xy += x * y;
}

static double correlation_value(const Correlation *sums) {
    const double xy = sums->n * sums->xy - sums->x * sums->y;
    const double xx = sums->n * sums->xx - sums->x * sums->x;
    const double yy = sums->n * sums->yy - sums->y * sums->y;
    return xy / sqrt(xx * yy);
}

typedef struct Selection {
    TrainingGraph graph;
    Feed feed;
    bool target_is_mask;
    ChannelScores scores[MAX_LEVELS];
    FeatureStatistics features[MAX_LEVELS];
    int levels;
    Correlation agreement;
    real *mask, *target, *statistics;
} Selection;

/* The mean and the mean square of level i's channels, one after the other in `statistics`. */
static void add_features(Selection *selection, int i) {
    real *mean = selection->statistics, *square = mean + selection->features[i].channels;
    tensor_download(&selection->graph.mean[i]->value, mean);
    tensor_download(&selection->graph.square[i]->value, square);
    feature_statistics_add(&selection->features[i], mean, square);
}

static bool run_batch(Selection *selection, const Batch *batch, Error *error) {
    const Shape *grid = &selection->graph.target->shape;
    const int64_t cells = grid->size[1] * grid->size[2];
    for (int b = 0; b < batch->count; b++)
        mask_cells(batch->labels + (size_t)b * (size_t)batch->size * (size_t)batch->size,
                   batch->size, grid->size[1], grid->size[2], selection->mask + b * cells);
    feed_send(&selection->feed,
              (const real *const[]){ batch->images, batch->twins, selection->mask });
    feed_use(&selection->feed);
    const bool good = graph_forward(selection->graph.graph, error);
    feed_wait(&selection->feed); /* the loader and the next masks will overwrite these values */
    if (!good) return false;
    tensor_download(&selection->graph.target->value, selection->target);
    for (int64_t i = 0; i < shape_elements(grid); i++)
        correlation_add(&selection->agreement, (double)selection->target[i],
                        (double)selection->mask[i]);
    for (int i = 0; i < selection->levels; i++) {
        const Node *statistics = selection->graph.statistics[i];
        tensor_download(&statistics->value, selection->statistics);
        channel_scores_add(&selection->scores[i], selection->statistics,
                           (int)statistics->shape.size[1], shape_elements(grid));
        add_features(selection, i);
    }
    return true;
}

static TrainingEnd run_batches(Selection *selection, Loader *loader, int batches, Error *error) {
    Progress progress = progress_begin("stage 2: AFSS", batches);
    int64_t images = 0;
    TrainingEnd end = TRAINING_DONE;
    for (int i = 0; i < batches && end == TRAINING_DONE; i++) {
        const Batch *batch = loader_next(loader, error);
        if (!batch || !run_batch(selection, batch, error))
            end = TRAINING_FAILED;
        else if (interrupt_requested())
            end = TRAINING_INTERRUPTED;
        else
            progress_update(&progress, i + 1, images += batch->count, NAN);
    }
    const double correlation = correlation_value(&selection->agreement);
    if (end == TRAINING_DONE && isfinite(correlation))
        progress_note(&progress, "AFSS: correlation of the target map with the masks %.3f",
                      correlation);
    else if (end == TRAINING_DONE)
        progress_note(&progress, "AFSS: the target map or the masks are constant: no correlation");
    progress_end(&progress);
    return end;
}

static bool selection_begin(Selection *selection, const Network *network, const Settings *settings,
                            Error *error) {
    const Architecture *architecture = network->options.architecture;
    *selection = (Selection){ .target_is_mask = settings->afss_target == AFSS_TARGET_MASK,
                              .levels = architecture->levels };
    int columns = 4;
    for (int i = 0; i < selection->levels; i++) {
        if (!feature_statistics_create(&selection->features[i], architecture->channels[i], error))
            return false;
        selection->scores[i] = channel_scores_create(architecture->channels[i]);
        if (architecture->channels[i] > columns) columns = architecture->channels[i];
    }
    if (!training_graph_stage_2(&selection->graph, network, settings->batch, settings->size,
                                selection->target_is_mask, error))
        return false;
    const TrainingGraph *graph = &selection->graph;
    Node *const inputs[] = { graph->image, graph->twin,
                             selection->target_is_mask ? graph->target : NULL };
    if (!feed_create(&selection->feed, network->parameters->device, inputs, 3, error)) return false;
    const size_t pixels = (size_t)shape_elements(&selection->graph.target->shape);
    selection->mask = malloc(pixels * sizeof *selection->mask);
    selection->target = malloc(pixels * sizeof *selection->target);
    selection->statistics = malloc((size_t)(AFSS_ROWS * columns) * sizeof *selection->statistics);
    return (selection->mask && selection->target && selection->statistics) ||
           error_no_memory(error, "AFSS");
}

static void selection_end(Selection *selection) {
    for (int i = 0; i < selection->levels; i++) {
        channel_scores_destroy(&selection->scores[i]);
        feature_statistics_destroy(&selection->features[i]);
    }
    feed_destroy(&selection->feed);
    training_graph_destroy(&selection->graph);
    free(selection->mask);
    free(selection->target);
    free(selection->statistics);
}

/* A loader of pairs only, with a random stream of its own. */
static Loader *open_pairs(Dataset *dataset, const Settings *settings, const Device *device,
                          Error *error) {
    int count;
    int *samples = training_images(dataset, settings->limit, &count);
    LoaderOptions loading = training_loader(settings, samples, count);
    loading.twins = TWINS_ALWAYS;
    loading.seed = (uint64_t)settings->seed ^ PAIRS_PURPOSE;
    loading.device = device;
    Loader *loader = loader_open(dataset, &loading, error);
    free(samples);
    return loader;
}

/* Store the result in the network. */
static void selection_keep(Selection *selection, Network *network) {
    for (int i = 0; i < selection->levels; i++) {
        real *mean = selection->statistics, *variance = mean + selection->features[i].channels;
        feature_statistics_finish(&selection->features[i], mean, variance);
        tensor_upload(&network->level_mean[i]->value, mean);
        tensor_upload(&network->level_variance[i]->value, variance);
        if (network->options.reduction == REDUCTION_AFSS)
            channel_scores_select(&selection->scores[i], network->options.architecture->kept[i],
                                  network->selected[i]);
    }
}

static bool is_selected(const Network *network, int level, int channel) {
    for (int i = 0; i < network->options.architecture->kept[level]; i++)
        if (network->selected[level][i] == channel) return true;
    return false;
}

static bool write_losses(const Selection *selection, const Network *network, const char *path,
                         Error *error) {
    Csv table = csv_new(4, (const char *const[]){ "level", "channel", "loss", "kept" });
    for (int level = 0; level < selection->levels; level++)
        for (int c = 0; c < selection->scores[level].channels; c++)
            csv_add_row(&table,
                        (double[]){ level + 1, c, channel_scores_mean(&selection->scores[level], c),
                                    is_selected(network, level, c) });
    const bool good = csv_write(path, &table, error);
    csv_free(&table);
    return good;
}

TrainingEnd select_channels(Network *network, Dataset *dataset, const Settings *settings,
                            const char *losses_path, Error *error) {
    Selection selection;
    TrainingEnd end = TRAINING_FAILED;
    network_set_stage(network, 2);
    Loader *loader = open_pairs(dataset, settings, network->parameters->device, error);
    if (!loader) return TRAINING_FAILED;
    if (selection_begin(&selection, network, settings, error))
        end = run_batches(&selection, loader, settings->afss_batches, error);
    if (end == TRAINING_DONE) selection_keep(&selection, network);
    if (end == TRAINING_DONE && losses_path &&
        !write_losses(&selection, network, losses_path, error))
        end = TRAINING_FAILED;
    selection_end(&selection);
    loader_close(loader);
    return end;
}

bool selection_check(Dataset *dataset, const Settings *settings, Error *error) {
    Loader *loader = open_pairs(dataset, settings, NULL, error);
    const bool good = loader && loader_next(loader, error);
    loader_close(loader);
    return good;
}
