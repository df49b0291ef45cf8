/* audit_pictures.h - the charts of the audit of hyperbolic formulas as PNG files. */
#ifndef HADNET_AUDIT_PICTURES_H
#define HADNET_AUDIT_PICTURES_H

#include "tensor/error.h"

/* Write NAME.png for every section of hyp/audit/section.h into a folder that is there. */
bool audit_pictures_write(const char *folder, Error *error);

#endif
