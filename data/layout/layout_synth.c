/* layout_synth.c - generated images, without files: image i of synth.h. */
#include "data/layout/layout.h"

#include <stdio.h>

static const char *const classes[] = { "background", "inclusion", "patches", "scratches", NULL };

static void list(Dataset *dataset) {
    const DatasetOptions *options = &dataset->options;
    for (int i = 0; i < options->synth_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "synth_%06d", i);
        Sample *sample = layout_add(dataset, name, NULL, NULL, MASK_GENERATED, -1, RELEASE_NONE);
        sample->width = sample->height = options->synth_size;
        sample->scene = i; /* no two are alike */
    }
}

const Layout layout_synth = {
    .name = "synth",
    .expected = "a positive number of images",
    .masks = MASK_GENERATED,
    .list = list,
    .classes = classes,
};
