/* contact_sheet.h - a picture of a dataset: some images of every class, and those to be looked at. */
#ifndef HADNET_CONTACT_SHEET_H
#define HADNET_CONTACT_SHEET_H

#include "hadnet/inspection/inspection.h"

/* For each class, and for each suspicion, a row of up to eight images with their labels drawn over,
 * evenly taken from all that have it. false: an image cannot be read, or the file not be written. */
bool contact_sheet_write(const Dataset *dataset, const Inspection *inspection, const char *path,
                         Error *error);

#endif
