/* layout_mt_defect.c - MT-Defect: magnetic tiles, one folder per class, masks beside the images.
 *
 * The masks are photographs of a binary mask: values from 128 up are the folder's defect. Images
 * in MT_Free are all background; masks beside them are not read, as some copies lack them or have
 * them in another size.
 */
#include "data/layout/layout.h"

#include <stdio.h>

static const char *const classes[] = { "background", "blowhole", "break", "crack",
                                       "fray",       "uneven",   NULL };

static void list(Dataset *dataset) {
    static const char *const folders[] = { "MT_Free",  "MT_Blowhole", "MT_Break",
                                           "MT_Crack", "MT_Fray",     "MT_Uneven" };
    for (int label = 0; label < 6; label++) {
        char path[64];
        snprintf(path, sizeof path, "%s/Imgs", folders[label]);
        const Pairing pairing = { .images = path,
                                  .image_extensions = "jpg",
                                  .masks = path,
                                  .mask_extensions = "png",
                                  .kind = label ? MASK_THRESHOLD : MASK_BACKGROUND,
                                  .label = label };
        if (layout_add_pairs(dataset, &pairing) > 0) continue;
        Error line;
        error_set(&line, "%s/%s: no images of class '%s'", dataset->folder, path,
                  label ? classes[label] : "free");
        problems_add(&dataset->problems, line.text);
    }
}

const Layout layout_mt_defect = {
    .name = "mt-defect",
    .expected = "MT_{Blowhole,Break,Crack,Fray,Uneven,Free}/Imgs/X.jpg and X.png",
    .masks = MASK_THRESHOLD,
    .list = list,
    .classes = classes,
};
