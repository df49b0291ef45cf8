/* layout_ucf_el.c - UCF-EL: electroluminescence of solar cells, integer labels, two parts. */
#include "data/layout/layout.h"

static void list_part(Dataset *dataset, const char *images, const char *masks, Release release) {
    layout_add_pairs(dataset, &(Pairing){ .images = images,
                                          .image_extensions = "jpg",
                                          .masks = masks,
                                          .mask_extensions = "png",
                                          .kind = MASK_LABELS,
                                          .label = -1,
                                          .release = release });
}

static void list(Dataset *dataset) {
    list_part(dataset, "images/training", "annotations/training", RELEASE_TRAIN);
    list_part(dataset, "images/validation", "annotations/validation", RELEASE_TEST);
}

const Layout layout_ucf_el = {
    .name = "ucf-el",
    .expected = "images/{training,validation}/X.jpg and annotations/{training,validation}/X.png",
    .masks = MASK_LABELS,
    .list = list,
};
