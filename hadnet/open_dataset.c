#include "hadnet/open_dataset.h"

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

Dataset *open_dataset(const DatasetRequest *request, Error *error) {
    const DatasetOptions options = { .synth_count = request->synth_images,
                                     .synth_size = request->size,
                                     .synth_seed = request->seed };
    Dataset *dataset = dataset_open(request->layout, request->folder, &options, error);
    if (!dataset) return NULL;
    report_problems(dataset);
    if (split_dataset(dataset, request->split, request->seed, error)) return dataset;
    dataset_free(dataset);
    return NULL;
}
