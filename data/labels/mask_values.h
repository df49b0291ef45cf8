/* mask_values.h - which values masks hold. Private to this room. */
#ifndef DATA_MASK_VALUES_H
#define DATA_MASK_VALUES_H

#include "data/image/image_file.h"
#include "data/survey.h"

/* The values of a sample's mask, before the rule is applied to them: stored numbers, or brightness
 * where a threshold judges and the file holds no numbers to be told apart (JPEG, colour). file: the
 * mask's, open. */
bool mask_values_decode(const Dataset *dataset, const Sample *sample, const ImageFile *file,
                        Image *values, Error *error);
bool mask_values_read(const Dataset *dataset, const Sample *sample, Image *values, Error *error);

/* How many pixels of each value an image of one channel has. */
void mask_values_count(const Image *values, int64_t counts[256]);

/* "holds 3 values: 0 (81.2%), 128 (18.7%) and 1 more": the `shown` most frequent. */
void mask_values_text(const Survey *survey, int shown, char *text, size_t size);

/* Fail for a value that means no label: "MASK: label 9WHERE; expected 0..3, by neu-seg". */
bool mask_values_refuse(const Dataset *dataset, const Sample *sample, int value, const char *where,
                        Error *error);

/* Judge every mask by what the survey found. One that cannot be decoded, that holds a value which
 * the rule does not know while classes are named (255 apart), or that is a JPEG read for labels
 * becomes a problem, holds nothing from here on, and its sample gets width 0. The others' samples
 * get the most frequent defect as their label. */
void mask_values_judge(Dataset *dataset);

#endif
