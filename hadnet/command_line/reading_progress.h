/* reading_progress.h - progress of opening a dataset, shown where it takes more than two seconds.
 *
 *     ReadingProgress reading = reading_progress_begin();
 *     options.progress = reading_progress_update, options.progress_context = &reading;
 *     ... dataset_open ...
 *     reading_progress_end(&reading);
 */
#ifndef HADNET_READING_PROGRESS_H
#define HADNET_READING_PROGRESS_H

#include "hadnet/command_line/progress.h"

typedef struct ReadingProgress {
    Progress bar;
    double began; /* seconds, monotonic clock */
    bool shown;
} ReadingProgress;

ReadingProgress reading_progress_begin(void);

/* A DatasetProgress; context: a ReadingProgress. */
void reading_progress_update(void *context, int done, int count);

/* End the line, if one was shown. */
void reading_progress_end(ReadingProgress *reading);

#endif
