/* progress.h - the progress of long work: a bar on a terminal, plain lines elsewhere.
 *
 *     Progress progress = progress_begin("epoch 3/150", steps);
 *     for (...) progress_update(&progress, step + 1, images, loss);
 *     progress_end(&progress);
 *
 * On a terminal the line is redrawn in place, at most 10 times a second. Elsewhere (a log file) a
 * line is printed at each tenth of the work, at most one a second, and after 30 s without one. All
 * of it goes to standard error, so that standard output has only results.
 */
#ifndef HADNET_PROGRESS_H
#define HADNET_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Progress {
    char label[64];
    int64_t steps;       /* of this bar */
    int64_t steps_after; /* steps after this bar, counted in the time left; may be set */
    int64_t step, images;
    int64_t first;   /* the step at which the bar began, -1 before the first update: a resumed run
                      begins in the middle */
    double loss;     /* NaN: not shown */
    char remark[48]; /* shown in brackets after the loss; empty: nothing */
    FILE *stream;
    bool terminal;
    double began, drawn; /* seconds, monotonic clock */
    int tenths;          /* tenths printed so far, when not a terminal */
    bool on_screen;      /* the bar is on the terminal's last line */
} Progress;

Progress progress_begin(const char *label, int64_t steps);
Progress progress_begin_on(FILE *stream, const char *label, int64_t steps);

/* `step` steps are done, with `images` images since the bar began; a NaN loss is not shown. */
void progress_update(Progress *progress, int64_t step, int64_t images, double loss);

/* Print a line of its own, above the bar. */
void progress_note(Progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Clear the bar, before other output; the next update draws it again. Without a terminal there is
 * none. */
void progress_hide(Progress *progress);

/* Draw the final state and end the line. */
void progress_end(Progress *progress);

/* Format the line, `elapsed` seconds after the start, in at most `width` columns; without a bar
 * if bar is false. */
void progress_line(const Progress *progress, double elapsed, int width, bool bar, char *line,
                   size_t size);

#endif
