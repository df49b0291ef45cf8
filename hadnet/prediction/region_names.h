/* region_names.h - the names of regions on an overlay. */
#ifndef HADNET_REGION_NAMES_H
#define HADNET_REGION_NAMES_H

#include "data/image/image.h"
#include "hadnet/hadnet.h"

/* Write class and largest score beside the largest regions of an answer, where there is room on the
 * background: a name hides no defect and no other name. scale: of the text. */
void region_names_draw(Image *picture, const HadnetAnswer *answer, const char *const *class_names,
                       int scale);

#endif
