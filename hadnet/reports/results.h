/* results.h - the files that hadnet_predict makes of images, and what they must not take the place
 * of.
 *
 * NAME.jpg gets FOLDER/NAME_mask.png, NAME_overlay.png and NAME_score.png. A result may replace an
 * earlier one, which its mark tells (data/image/png_mark.h), and nothing else: neither one of the images,
 * under whatever name, nor a file of another's, such as a mask that a human drew.
 */
#ifndef HADNET_RESULTS_H
#define HADNET_RESULTS_H

#include "data/image/image.h"

typedef enum ResultKind { RESULT_MASK, RESULT_OVERLAY, RESULT_SCORE, RESULT_KINDS } ResultKind;

typedef struct ResultsOptions {
    const char *folder; /* need not be there yet */
    bool overwrite;     /* replace any file, the images too */
} ResultsOptions;

typedef struct PlannedImage {
    const char *path;
    bool is_result; /* of an earlier call: nothing is made of it */
    bool is_folder;
    bool replaces[RESULT_KINDS]; /* a file that was there when the plan was made */
    bool written[RESULT_KINDS];
} PlannedImage;

typedef struct Results {
    ResultsOptions options;
    PlannedImage *images; /* one for each, in their order; owned */
    int count, result_count;
} Results;

/* Look at all images and all files in the way, before anything is computed or written. Refused,
 * with a line that names the image: two images whose results would have the same name; a result in
 * the place of an image or of another's file. The paths must outlive the plan; the options are
 * copied. The time it takes grows as n log n. The caller frees with results_free, also after a
 * failure. */
bool results_plan(Results *results, const ResultsOptions *options, const char *const *paths,
                  int count, Error *error);
void results_free(Results *results);

/* Whether a result of another image has taken the place of images[index] since the plan was made.
 */
bool results_took_place_of(const Results *results, int index);

/* Write a result of images[index], marked. false, with a line that names the file, when it cannot
 * be written, or when a file has appeared in its place since the plan was made. */
bool results_write(Results *results, int index, ResultKind kind, const Image *picture,
                   Error *error);

/* Remove what was written of images[index], but for results that replaced others: where not all can
 * be written there shall be none, as a mask without its score is of no use. */
void results_take_back(Results *results, int index);

#endif
