/* layout.h - the interface of a layout_*.c file, and its helpers. Private to data/. */
#ifndef DATA_LAYOUT_H
#define DATA_LAYOUT_H

#include "data/dataset.h"

typedef struct Layout {
    const char *name, *expected;    /* expected: the layout on disk, in one line, for messages */
    bool refuses;                   /* bad files are refused unless the caller asks otherwise */
    MaskKind masks;                 /* of the samples that are defects */
    void (*list)(Dataset *dataset); /* append every sample; missing files become problems */
    const char *const *classes;     /* NULL-terminated, background first; NULL: by classes.txt, or
                                       from the masks */
} Layout;

extern const Layout layout_neu_seg, layout_mt_defect, layout_fssd_12, layout_ucf_el, layout_folder,
    layout_synth;

/* Append one sample; `image` and `mask` are paths that the dataset takes over (NULL allowed). */
Sample *layout_add(Dataset *dataset, const char *name, char *image, char *mask, MaskKind kind,
                   int label, Release release);

/* How the images of one folder pair with the masks of another: same stems, in folders of the same
 * name within them. */
typedef struct Pairing {
    const char *images, *image_extensions; /* folder within the dataset's, "jpg,png" */
    const char *masks, *mask_extensions;   /* the first extension is named in error messages */
    const char *mask_suffix;               /* "_mask": X_mask is X's mask too; or NULL */
    MaskKind kind;                         /* MASK_BACKGROUND: masks are not read */
    int label;
    Release release;
} Pairing;

/* Append every pair. The problems are: an image without a mask or with two, two images of one stem,
 * a mask without an image where masks have a folder of their own, and images in a format that no
 * reader here supports. Returns the number of images. */
int layout_add_pairs(Dataset *dataset, const Pairing *pairing);

/* The same for one part of a release: JPEGs in one folder, PNGs of labels in the other. */
void layout_add_labelled_part(Dataset *dataset, const char *images, const char *masks,
                              Release release);

#endif
