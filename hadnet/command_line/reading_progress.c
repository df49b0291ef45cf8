/* reading_progress.c - begins a bar where reading the files takes a while. */
#include "hadnet/command_line/reading_progress.h"

#include <math.h>
#include <time.h>

static const double seconds_before_shown = 2;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

ReadingProgress reading_progress_begin(void) {
    return (ReadingProgress){ .began = now() };
}

void reading_progress_update(void *context, int done, int count) {
    ReadingProgress *reading = context;
    if (!reading->shown && now() - reading->began < seconds_before_shown) return;
    if (!reading->shown) {
        reading->bar = progress_begin("reading files", count);
        reading->bar.first = 0;
        reading->bar.began = reading->began;
        reading->shown = true;
    }
    progress_update(&reading->bar, done, 0, NAN);
}

void reading_progress_end(ReadingProgress *reading) {
    if (reading->shown) progress_end(&reading->bar);
}
