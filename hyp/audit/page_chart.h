/* page_chart.h - a section of the audit's page: a paragraph, and its charts in SVG. */
#ifndef HYP_AUDIT_PAGE_CHART_H
#define HYP_AUDIT_PAGE_CHART_H

#include "hyp/audit/section.h"

#include <stdio.h>

void page_section_write(FILE *file, const AuditSection *section);

#endif
