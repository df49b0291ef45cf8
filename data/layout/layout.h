/* layout.h - what a layout_*.c gives to dataset.c, and what it may use. Private to this room. */
#ifndef DATA_LAYOUT_H
#define DATA_LAYOUT_H

#include "data/dataset.h"

typedef struct Layout {
    const char *name, *expected;    /* expected: the layout on disk, in one line, for messages */
    bool refuses;                   /* bad files are refused unless the caller asks otherwise */
    MaskKind masks;                 /* of the samples that are defects */
    void (*list)(Dataset *dataset); /* append every sample; what is missing goes to problems */
    const char *const *classes;     /* NULL-terminated, background first; NULL: by classes.txt, or
                                       from the masks */
} Layout;

extern const Layout layout_neu_seg, layout_mt_defect, layout_fssd_12, layout_ucf_el, layout_folder,
    layout_synth;

/* Append one sample; `image` and `mask` are paths that the dataset takes over (NULL allowed). */
Sample *layout_add(Dataset *dataset, const char *name, char *image, char *mask, MaskKind kind,
                   int label, Release release);

/* How the pictures of one folder pair with the masks of another: same stems, in folders of the same
 * name within them. */
typedef struct Pairing {
    const char *images, *image_extensions; /* folder within the dataset's, "jpg,png" */
    const char *masks, *mask_extensions;   /* the first extension is the one that is asked for */
    const char *mask_suffix;               /* "_mask": X_mask is X's mask too; or NULL */
    MaskKind kind;                         /* MASK_BACKGROUND: masks are not looked at */
    int label;
    Release release;
} Pairing;

/* Append every pair. Problems are: a picture without a mask or with two, two pictures of one stem,
 * a mask without a picture where masks have a folder of their own, and pictures in a format that
 * nothing here reads. Returns the number of pictures. */
int layout_add_pairs(Dataset *dataset, const Pairing *pairing);

/* The same for one part of a release: JPEGs in one folder, PNGs of labels in the other. */
void layout_add_labelled_part(Dataset *dataset, const char *images, const char *masks,
                              Release release);

#define PICTURE_EXTENSIONS "png,jpg,jpeg,bmp"

#endif
