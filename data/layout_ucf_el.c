/* layout_ucf_el.c - UCF-EL: electroluminescence of solar cells, integer labels, two parts. */
#include "data/layout.h"

static void list(Dataset *dataset) {
    layout_add_pairs(dataset, &(Pairing){ "images/training", "jpg", "annotations/training", "png",
                                          MASK_LABELS, -1, RELEASE_TRAIN });
    layout_add_pairs(dataset, &(Pairing){ "images/validation", "jpg", "annotations/validation",
                                          "png", MASK_LABELS, -1, RELEASE_TEST });
}

const Layout layout_ucf_el = {
    .name = "ucf-el",
    .expected = "images/{training,validation}/X.jpg and annotations/{training,validation}/X.png",
    .classes_from_masks = true,
    .list = list,
};
