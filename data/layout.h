/* layout.h - what a layout_*.c gives to dataset.c, and what it may use. Private to this room. */
#ifndef DATA_LAYOUT_H
#define DATA_LAYOUT_H

#include "data/dataset.h"

typedef struct Layout {
    const char *name, *expected;    /* expected: the layout on disk, in one line, for messages */
    bool refuses;                   /* bad files are refused unless the caller asks otherwise */
    bool classes_from_masks;        /* names from classes.txt, or counted in the masks */
    void (*list)(Dataset *dataset); /* append every sample; what is missing goes to problems */
    const char *const *classes;     /* NULL-terminated, background first; or NULL */
} Layout;

extern const Layout layout_neu_seg, layout_mt_defect, layout_fssd_12, layout_ucf_el, layout_folder,
    layout_synth;

/* Append one sample; `image` and `mask` are paths that the dataset takes over (NULL allowed). */
Sample *layout_add(Dataset *dataset, const char *name, char *image, char *mask, MaskKind kind,
                   int label, Release release);

/* How the pictures of one folder pair with the masks of another: same stems. */
typedef struct Pairing {
    const char *images, *image_extensions; /* folder within the dataset's, "jpg,png" */
    const char *masks, *mask_extensions;
    MaskKind kind; /* MASK_BACKGROUND: masks are not looked at */
    int label;
    Release release;
} Pairing;

/* Append every pair. A picture without a mask, two pictures of one stem and, where masks have a
 * folder of their own, a mask without a picture are problems. Returns the number of pictures. */
int layout_add_pairs(Dataset *dataset, const Pairing *pairing);

/* Read the classes from classes.txt in the dataset's folder (one name per line, line number =
 * label) or else from the masks: 0..largest label; masks of 0 and 255 alone are background and
 * one class. Masks that cannot be read are problems and are marked by width 0. */
bool layout_read_classes(Dataset *dataset, Error *error);

#define PICTURE_EXTENSIONS "png,jpg,jpeg,bmp"
#define MASK_EXTENSIONS "png,bmp"

#endif
