/* survey.h - one pass over the files of a dataset. Private to data/.
 *
 * Opening a dataset needs the size of every image and the values in every mask; a split by scenes
 * needs every image's signature; class weights need the pixels of every class. Each file is read,
 * checked and decoded once for all of that, in parallel. The results stay with the sample; the
 * pixels, many times larger, are dropped.
 */
#ifndef DATA_SURVEY_H
#define DATA_SURVEY_H

#include "data/dataset.h"
#include "data/split/near_copies.h"

/* A value that occurs in a mask, and its number of pixels. */
typedef struct MaskValue {
    int value;
    int64_t pixels;
} MaskValue;

struct Survey {
    MaskValue *values; /* ascending; owned; none where there is no mask file */
    int value_count;
    bool is_jpeg;         /* the mask */
    char *problem;        /* why the mask's pixels cannot be decoded; NULL: they can; owned */
    Signature *signature; /* of the image, if asked for and decodable; owned */
};

/* Survey the files of every sample that has some, in parallel, and leave the results in
 * sample->survey. A file that is missing, damaged or not as large as its partner becomes a problem,
 * in the order of the samples, and its sample gets width 0. The rule's threshold must be known: it
 * decides how masks are decoded. */
void survey_files(Dataset *dataset);

void survey_free(Survey *survey); /* NULL is fine */

/* The number of pixels of a value in a mask. */
int64_t survey_pixels(const Survey *survey, int value);

#endif
