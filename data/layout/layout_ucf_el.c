/* layout_ucf_el.c - UCF-EL: electroluminescence of solar cells, integer labels, two parts. */
#include "data/layout/layout.h"

static void list(Dataset *dataset) {
    layout_add_labelled_part(dataset, "images/training", "annotations/training", RELEASE_TRAIN);
    layout_add_labelled_part(dataset, "images/validation", "annotations/validation", RELEASE_TEST);
}

const Layout layout_ucf_el = {
    .name = "ucf-el",
    .expected = "images/{training,validation}/X.jpg and annotations/{training,validation}/X.png",
    .masks = MASK_LABELS,
    .list = list,
};
