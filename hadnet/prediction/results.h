/* results.h - the result files of hadnet_predict, and protection of files that it must not replace.
 *
 * NAME.jpg gets FOLDER/NAME_mask.png, NAME_overlay.png and NAME_score.png. NAME may have folders:
 * an image at "line 2/a.jpg" of a folder that was given has its results in FOLDER/line 2. A result
 * may replace an earlier one, recognised by its mark (data/image/png_mark.h), and nothing else: not
 * one of the images, under whatever name, nor a foreign file, such as a mask that a human drew.
 */
#ifndef HADNET_RESULTS_H
#define HADNET_RESULTS_H

#include "data/image/png_write.h"
#include "hadnet/prediction/image_list.h"

typedef enum ResultKind { RESULT_MASK, RESULT_OVERLAY, RESULT_SCORE, RESULT_KINDS } ResultKind;

typedef struct ResultsOptions {
    const char *folder;          /* need not exist yet */
    bool overwrite;              /* replace any file, the images too */
    bool pictures[RESULT_KINDS]; /* which are written for each image */
    bool csv, json;              /* and which tables: see prediction_tables.h */
} ResultsOptions;

typedef struct PlannedImage {
    const ListedImage *listed;
    bool is_result;              /* of an earlier call: it is skipped */
    bool replaces[RESULT_KINDS]; /* a file that was there when the plan was made */
    bool written[RESULT_KINDS];
} PlannedImage;

typedef struct Results {
    ResultsOptions options;
    PlannedImage *images; /* one for each of the list, in its order; owned */
    int count, result_count;
} Results;

/* Whether anything is written at all. */
bool results_are_asked_for(const ResultsOptions *options);

/* Check all images and all existing files before anything is computed or written. Fails, naming the
 * image, if two images' results would have the same name, or a result would replace an image or a
 * foreign file. The list must outlive the plan; the options are copied. Takes time n log n. The
 * caller frees with results_free, also after a failure. */
bool results_plan(Results *results, const ResultsOptions *options, const ImageList *list,
                  Error *error);
void results_free(Results *results);

/* Whether another image's result has replaced images[index] since the plan was made. */
bool results_took_place_of(const Results *results, int index);

/* Write a result of images[index], marked, with a palette unless it is NULL. false, with an
 * error naming the file, if it cannot be written, or a file has appeared in its place since the
 * plan was made. */
bool results_write(Results *results, int index, ResultKind kind, const Image *picture,
                   const PngPalette *palette, Error *error);

/* Remove the written results of images[index], except those that replaced others: if not all can be
 * written there shall be none, as a mask without its score is useless. */
void results_take_back(Results *results, int index);

#endif
