/* regions.h - the connected regions of a mask. */
#ifndef HADNET_REGIONS_H
#define HADNET_REGIONS_H

#include "hadnet/hadnet.h"

/* Set regions and region_count from mask and score of the answer; its old regions are freed.
 * Regions of fewer than min_area pixels are left out, and become background in the mask. false:
 * out of memory. */
bool regions_find(HadnetAnswer *answer, int64_t min_area, Error *error);

#endif
