/* regions.h - the connected parts of a mask. */
#ifndef HADNET_REGIONS_H
#define HADNET_REGIONS_H

#include "hadnet/hadnet.h"

/* Fill regions and region_count from mask and score of the answer; what it held there is freed.
 * false: no memory. */
bool regions_find(HadnetAnswer *answer, Error *error);

#endif
