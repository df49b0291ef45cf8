/* open_dataset.c - opens a dataset, prints its labels and bad files, and splits it. */
#include "hadnet/training/open_dataset.h"

#include "hadnet/command_line/reading_progress.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMED_AT_MOST = 10 };

static void report_problems(Dataset *dataset) {
    const int count = problems_count(&dataset->problems);
    if (count == 0) return;
    fprintf(stderr, "%s: %d file%s left out:\n", dataset->folder, count, count > 1 ? "s" : "");
    for (int i = 0; i < count && i < NAMED_AT_MOST; i++) {
        char *line = problems_line(&dataset->problems, i);
        fprintf(stderr, "  %s\n", line);
        free(line);
    }
    if (count > NAMED_AT_MOST) fprintf(stderr, "  and %d more\n", count - NAMED_AT_MOST);
}

static void print_labels(const Dataset *dataset) {
    char line[512];
    if (*dataset_describe_labels(dataset, line, sizeof line)) printf("%s\n", line);
}

Dataset *open_dataset(const DatasetRequest *request, Error *error) {
    ReadingProgress reading = reading_progress_begin();
    const DatasetOptions options = { .mask_threshold = request->masks.threshold,
                                     .ignores = request->masks.ignore_label >= 0,
                                     .ignore_label = request->masks.ignore_label,
                                     .threshold_word = "--mask-threshold",
                                     .ignore_word = "--ignore-label",
                                     .class_names = request->class_names,
                                     .class_count = request->classes,
                                     .synth_count = request->synth_images,
                                     .synth_size = request->size,
                                     .synth_seed = request->seed,
                                     .scenes = request->split.kind == SPLIT_SCENE,
                                     .progress = reading_progress_update,
                                     .progress_context = &reading };
    Dataset *dataset = dataset_open(request->layout, request->folder, &options, error);
    reading_progress_end(&reading);
    if (!dataset) return NULL;
    report_problems(dataset);
    print_labels(dataset);
    if (split_choice_apply(&request->split, dataset, request->seed, error)) return dataset;
    dataset_free(dataset);
    return NULL;
}
