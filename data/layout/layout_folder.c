/* layout_folder.c - the user's own images: images/ and masks/ with the same stems, optionally in
 * subfolders; or masks of another form (folder.h). */
#include "data/layout/folder.h"

/* JPEG masks are listed, so that they can be refused by name, or read by a threshold. */
static void list(Dataset *dataset) {
    if (folder_add_coco(dataset) || folder_add_labelme(dataset) || folder_add_class_masks(dataset))
        return;
    layout_add_pairs(dataset, &(Pairing){ .images = "images",
                                          .image_extensions = IMAGE_EXTENSIONS,
                                          .masks = "masks",
                                          .mask_extensions = IMAGE_EXTENSIONS,
                                          .mask_suffix = "_mask",
                                          .kind = MASK_LABELS,
                                          .label = -1 });
}

const Layout layout_folder = {
    .name = "folder",
    .expected = "images/X.{" IMAGE_EXTENSIONS
                "} and masks/X.{png,bmp,json}, masks/CLASS/X.{png,bmp} or annotations.json",
    .refuses = true,
    .masks = MASK_LABELS,
    .list = list,
};
