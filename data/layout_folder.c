/* layout_folder.c - the user's own pictures: images/ and masks/ with the same stems. */
#include "data/layout.h"

static void list(Dataset *dataset) {
    layout_add_pairs(dataset, &(Pairing){ "images", PICTURE_EXTENSIONS, "masks", MASK_EXTENSIONS,
                                          MASK_LABELS, -1, RELEASE_NONE });
}

const Layout layout_folder = {
    .name = "folder",
    .expected = "images/X.{" PICTURE_EXTENSIONS "} and masks/X.{" MASK_EXTENSIONS "}",
    .refuses = true,
    .classes_from_masks = true,
    .list = list,
};
