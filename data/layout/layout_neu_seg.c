/* layout_neu_seg.c - NEU-Seg: 200x200 steel strip in three defect classes, published in two parts.
 */
#include "data/layout/layout.h"

static void list(Dataset *dataset) {
    layout_add_labelled_part(dataset, "images/training", "annotations/training", RELEASE_TRAIN);
    layout_add_labelled_part(dataset, "images/test", "annotations/test", RELEASE_TEST);
}

static const char *const classes[] = { "background", "inclusion", "patches", "scratches", NULL };

const Layout layout_neu_seg = {
    .name = "neu-seg",
    .expected = "images/{training,test}/N.jpg and annotations/{training,test}/N.png",
    .masks = MASK_LABELS,
    .list = list,
    .classes = classes,
};
