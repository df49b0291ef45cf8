/* mask_values.h - which values masks hold. Private to this room. */
#ifndef DATA_MASK_VALUES_H
#define DATA_MASK_VALUES_H

#include "data/dataset.h"

/* The values of a sample's mask, before the rule is applied to them: stored numbers, or brightness
 * where a threshold judges and the file holds no numbers to be told apart (JPEG, colour). */
bool mask_values_read(const Dataset *dataset, const Sample *sample, Image *values, Error *error);

/* How many pixels of each value an image of one channel has. */
void mask_values_count(const Image *values, int64_t counts[256]);

/* "holds 3 values: 0 (81.2%), 128 (18.7%) and 1 more": the `shown` most frequent. */
void mask_values_text(const int64_t counts[256], int shown, char *text, size_t size);

/* Fail for a value that means no label: "MASK: label 9WHERE; expected 0..3, by neu-seg". */
bool mask_values_refuse(const Dataset *dataset, const Sample *sample, int value, const char *where,
                        Error *error);

/* What all masks of a dataset hold, sample by sample. */
typedef struct MaskSurvey {
    bool (*holds)[256];  /* [sample][value]; all false where there is no mask */
    int64_t pixels[256]; /* of each value, over the masks whose values are labels */
} MaskSurvey;

/* Look at every mask, in parallel. A mask that cannot be read, that holds a value which the rule
 * does not know while classes are named (255 apart), or that is a JPEG read for labels becomes a
 * problem, and its sample gets width 0. Sets the sample's most frequent defect as its label, and
 * adds the pixels of masks under a threshold, and of pictures without mask, to the dataset's
 * classes. The caller frees with mask_survey_free. */
MaskSurvey mask_survey(Dataset *dataset);
void mask_survey_free(MaskSurvey *survey);

#endif
