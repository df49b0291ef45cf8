/* page.h - the audit as one HTML page that needs nothing else. */
#ifndef HYP_AUDIT_PAGE_H
#define HYP_AUDIT_PAGE_H

#include "tensor/error.h"

/* Write the page to a file: error against depth of every formula, the gradient along a ray, and
 * training steps through a clamp. */
bool audit_page_write(const char *path, Error *error);

#endif
