/* dataset.h - a dataset: a list of images with their masks and classes, in any supported layout.
 *
 * dataset_open lists one of the layouts (neu-seg, mt-defect, fssd-12, ucf-el, folder, synth) and
 * reads every file once. split.h then gives each sample a part. Unreadable, mismatched, empty
 * or unpaired files are named in `problems`; they are left out, or make dataset_open fail, as the
 * options say. A new layout is one file layout_NAME.c and one line of the table in dataset.c.
 *
 * A loaded mask has one byte per pixel: 0 is background, 1 and up are the defects, LABEL_IGNORE
 * means that the pixel is ignored. label_rule.h says how the values in files map to labels.
 */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "data/image/image.h"
#include "data/labels/class_names.h"
#include "data/labels/label_rule.h"
#include "data/problems.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef enum Part { PART_TRAIN, PART_VAL, PART_TEST, PARTS } Part;

/* The part the release itself puts a sample in, where it has parts. */
typedef enum Release { RELEASE_NONE, RELEASE_TRAIN, RELEASE_TEST } Release;

typedef enum MaskKind {
    MASK_BACKGROUND, /* no file: the whole image is background */
    MASK_LABELS,     /* a file whose values mean labels, by the dataset's rule */
    MASK_SHAPES,     /* shapes that a file lists, with the names of their classes */
    MASK_THRESHOLD,  /* a file whose values from the rule's threshold up are the sample's label */
    MASK_GENERATED   /* image and mask come from synth.h */
} MaskKind;

typedef struct Survey Survey;   /* what the files of a sample contain; private to data/ */
typedef struct Drawing Drawing; /* the shapes of a mask; private to data/ */
typedef struct Drawn Drawn;     /* what the files of shapes call the classes; private to data/ */

typedef struct Sample {
    char *name;  /* path of the image within the dataset's folder; unique */
    char *image; /* path, NULL when generated */
    char *mask;  /* path, or NULL; of MASK_SHAPES that of the file that lists them */
    MaskKind mask_kind;
    int label;         /* MASK_THRESHOLD: the defect's class. Otherwise the mask's most frequent
                          defect, 0 for none, -1 if not known yet */
    int width, height; /* pixels */
    Release release;
    int scene; /* near-copies share one; -1 until split.h groups them */
    Part part;
    Survey *survey;   /* owned; NULL when generated */
    Drawing *drawing; /* MASK_SHAPES: owned; else NULL */
} Sample;

typedef enum BadFiles {
    BAD_FILES_DEFAULT, /* skip in published datasets, refuse in the user's own `folder` */
    BAD_FILES_SKIP,    /* leave out, with a line in problems */
    BAD_FILES_REFUSE   /* fail, naming the first five */
} BadFiles;

/* Called while the files are read, by one thread at a time: `done` of `count` samples have been. */
typedef void DatasetProgress(void *context, int done, int count);

typedef struct DatasetOptions {
    BadFiles bad_files;
    int mask_threshold; /* 1..255: mask values from there up are the one defect (in mt-defect
                           and fssd-12 the defect of the folder, by 128 unless given); 0: none */
    bool ignores;       /* pixels of the mask value ignore_label are ignored */
    int ignore_label;   /* 0..255 */
    const char *threshold_word, *ignore_word; /* the names of the two options in messages; NULL:
                                                 "mask_threshold" and "ignore_label" */
    const char *const *class_names; /* of the weights to be evaluated, where the layout takes its
                                       classes from classes.txt or the masks; NULL: it does */
    int class_count;
    int synth_count, synth_size; /* `synth`: images and their side in pixels; 0 for 600, 256 */
    uint64_t synth_seed;
    bool scenes; /* a split by scenes will follow: compute image signatures while reading files */
    DatasetProgress *progress; /* NULL: none */
    void *progress_context;
} DatasetOptions;

typedef struct Dataset {
    const char *layout; /* its name */
    char *folder;
    Sample *samples;
    int count;
    char *classes[CLASSES_MAX]; /* [0] is the background's name */
    int class_count;
    LabelRule rule;
    Drawn *drawn;                                      /* owned; NULL unless the masks are shapes */
    int64_t class_pixels[CLASSES_MAX], ignored_pixels; /* at the masks' own sizes; not of synth */
    bool refuse;                                       /* bad files are errors */
    DatasetOptions options;
    Problems problems;
} Dataset;

/* List and check the dataset `layout` in folder (ignored, may be NULL, for synth). NULL with a line
 * that names the folder and the expected layout when nothing usable is there; with the first
 * problem when bad files are refused. options may be NULL. The caller frees with dataset_free. */
Dataset *dataset_open(const char *layout, const char *folder, const DatasetOptions *options,
                      Error *error);
void dataset_free(Dataset *dataset);

/* The labels as understood, in one line: "labels: 0 background 93.1%, 1 scratch 6.9%; 255 is
 * ignored". "" for synth, where nothing was read. */
const char *dataset_describe_labels(const Dataset *dataset, char *text, size_t size);

/* The known layouts' names, "neu-seg, mt-defect, ..."; for messages and help. */
const char *dataset_layouts(char *text, size_t size);
bool dataset_layout_exists(const char *name);

/* Decode sample `index` at its own size: *image three channels, *labels one, every label below
 * class_count or LABEL_IGNORE. The caller frees both. On failure both are empty. Thread-safe. */
bool dataset_load(const Dataset *dataset, int index, Image *image, Image *labels, Error *error);

/* The labels alone. */
bool dataset_load_labels(const Dataset *dataset, int index, Image *labels, Error *error);

/* The number of pixels of each label in the mask of sample `index`; ignored ones count under
 * LABEL_IGNORE. Files are not read again: the counts are those of dataset_open. */
void dataset_count_labels(const Dataset *dataset, int index, int64_t counts[LABEL_IGNORE + 1]);

/* The indices of a part's samples, ascending; *count says how many. The caller frees. */
int *dataset_part(const Dataset *dataset, Part part, int *count);

const char *dataset_part_name(Part part); /* "train", "val", "test" */

/* The most frequent defect among `count` labels, the lowest of equals; 0 if there is none. Labels
 * are below `classes` or LABEL_IGNORE. */
int dataset_main_defect(const uint8_t *labels, size_t count, int classes);

PUBLIC_END

#endif
