/* layout_fssd_12.c - FSSD-12: steel surfaces, twelve defect classes in a folder each.
 *
 * Some copies spell the folder Steel_Ia as Steel_la. Normal images, where a copy has them, are in
 * Nd/Images or in Nd itself.
 */
#include "data/layout/layout.h"

#include "data/files.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const classes[] = { "background", "Am", "Ia", "Ld", "Op", "Os", "Ws",
                                       "Pa",         "Pk", "Ri", "Sc", "Rp", "Se", NULL };

static bool inside(const Dataset *dataset, const char *folder) {
    char *path = path_join(dataset->folder, folder);
    const bool there = folder_exists(path);
    free(path);
    return there;
}

static void list_class(Dataset *dataset, int label) {
    char folder[32], images[64], masks[64];
    snprintf(folder, sizeof folder, "Steel_%s", classes[label]);
    if (!inside(dataset, folder) && !strcmp(classes[label], "Ia") && inside(dataset, "Steel_la"))
        snprintf(folder, sizeof folder, "Steel_la");
    snprintf(images, sizeof images, "%s/Images", folder);
    snprintf(masks, sizeof masks, "%s/GT", folder);
    const Pairing pairing = { .images = images,
                              .image_extensions = "jpg",
                              .masks = masks,
                              .mask_extensions = "png",
                              .kind = MASK_THRESHOLD,
                              .label = label };
    if (layout_add_pairs(dataset, &pairing) > 0) return;
    Error line;
    error_set(&line, "%s/%s: no images of class '%s'", dataset->folder, images, classes[label]);
    problems_add(&dataset->problems, line.text);
}

static void list(Dataset *dataset) {
    static const char *const normals[] = { "Nd/Images", "Nd", "Steel_Nd/Images" };
    for (int i = 0; i < 3; i++) {
        const Pairing pairing = { .images = normals[i],
                                  .image_extensions = "jpg",
                                  .kind = MASK_BACKGROUND };
        if (layout_add_pairs(dataset, &pairing) > 0) break;
    }
    for (int label = 1; classes[label]; label++) list_class(dataset, label);
}

const Layout layout_fssd_12 = {
    .name = "fssd-12",
    .expected = "Steel_{Am,Ia,Ld,Op,Os,Ws,Pa,Pk,Ri,Sc,Rp,Se}/Images/NAME_N.jpg and GT/NAME_N.png",
    .masks = MASK_THRESHOLD,
    .list = list,
    .classes = classes,
};
