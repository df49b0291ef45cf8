/* layout_neu_seg.c - NEU-Seg: 200x200 steel strip in three defect classes, published in two parts.
 */
#include "data/layout.h"

static void list(Dataset *dataset) {
    layout_add_pairs(dataset, &(Pairing){ "images/training", "jpg", "annotations/training", "png",
                                          MASK_LABELS, -1, RELEASE_TRAIN });
    layout_add_pairs(dataset, &(Pairing){ "images/test", "jpg", "annotations/test", "png",
                                          MASK_LABELS, -1, RELEASE_TEST });
}

static const char *const classes[] = { "background", "inclusion", "patches", "scratches", NULL };

const Layout layout_neu_seg = {
    .name = "neu-seg",
    .expected = "images/{training,test}/N.jpg and annotations/{training,test}/N.png",
    .list = list,
    .classes = classes,
};
