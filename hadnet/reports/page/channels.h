/* channels.h - the section of a run's page on the channels that AFSS selected. */
#ifndef HADNET_CHANNELS_H
#define HADNET_CHANNELS_H

#include "hadnet/reports/page/run_report.h"

#include <stdio.h>

/* false: afss.csv is damaged. */
bool channels_write(FILE *file, const RunReport *report, Error *error);

#endif
