/* mask_values.h - the values that occur in masks. Private to data/. */
#ifndef DATA_MASK_VALUES_H
#define DATA_MASK_VALUES_H

#include "data/image/image_file.h"
#include "data/survey.h"

/* The values of a sample's mask, before the rule is applied: stored numbers, or brightness where
 * there is a threshold and the file has no distinct numbers (JPEG, colour). file: the mask's,
 * open. */
bool mask_values_decode(const Dataset *dataset, const Sample *sample, const ImageFile *file,
                        Image *values, Error *error);
bool mask_values_read(const Dataset *dataset, const Sample *sample, Image *values, Error *error);

/* Count the pixels of each value in an image of one channel. */
void mask_values_count(const Image *values, int64_t counts[256]);

/* "holds 3 values: 0 (81.2%), 128 (18.7%) and 1 more": the `shown` most frequent. */
void mask_values_text(const Survey *survey, int shown, char *text, size_t size);

/* Fail for a value that maps to no label: "MASK: label 9WHERE; expected 0..3, by neu-seg". */
bool mask_values_refuse(const Dataset *dataset, const Sample *sample, int value, const char *where,
                        Error *error);

/* Check every mask by what the survey found. A mask becomes a problem if it cannot be decoded, has
 * a value that the rule does not know while classes are named (255 apart), or is a JPEG read for
 * labels; it is then emptied, and its sample gets width 0. The other samples get the most frequent
 * defect as their label. */
void mask_values_check(Dataset *dataset);

#endif
