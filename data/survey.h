/* survey.h - what the files of a dataset hold, found in one pass over them. Private to this room.
 *
 * Opening a dataset needs the size of every picture and the values in every mask; a split by scenes
 * needs every picture's signature; class weights need the pixels of every class. Each file is read,
 * checked and decoded once for all of that, in parallel. What was found stays with the sample, the
 * pixels do not: they would be many times larger.
 */
#ifndef DATA_SURVEY_H
#define DATA_SURVEY_H

#include "data/dataset.h"
#include "data/split/near_copies.h"

/* A value that a mask holds, and how many of its pixels have it. */
typedef struct MaskValue {
    int value;
    int64_t pixels;
} MaskValue;

struct Survey {
    MaskValue *values; /* ascending; owned; none where there is no mask file */
    int value_count;
    bool is_jpeg;         /* the mask */
    char *problem;        /* why the mask's pixels cannot be decoded; NULL: they can; owned */
    Signature *signature; /* of the picture, where asked for and where it can be decoded; owned */
};

/* Look at the files of every sample that has some, in parallel, and leave what they hold in
 * sample->survey. A file that is missing, damaged or not as large as its partner becomes a problem,
 * in the order of the samples, and its sample gets width 0. The rule's threshold must be known: it
 * decides how masks are decoded. */
void survey_files(Dataset *dataset);

void survey_free(Survey *survey); /* NULL is fine */

/* The pixels of a value in a mask. */
int64_t survey_pixels(const Survey *survey, int value);

#endif
