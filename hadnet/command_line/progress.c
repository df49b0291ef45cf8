/* progress.c - formats and draws the progress line. */
#include "hadnet/command_line/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const double seconds_per_redraw = 0.1, seconds_per_line = 1, seconds_of_silence = 30;
enum { BAR_MIN = 10, BAR_MAX = 40, LINE_MAX_LENGTH = 512 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

Progress progress_begin_on(FILE *stream, const char *label, int64_t steps) {
    Progress progress = { .steps = steps,
                          .first = -1,
                          .loss = NAN,
                          .stream = stream,
                          .terminal = isatty(fileno(stream)) != 0 };
    snprintf(progress.label, sizeof progress.label, "%s", label);
    progress.began = progress.drawn = now();
    return progress;
}

Progress progress_begin(const char *label, int64_t steps) {
    return progress_begin_on(stderr, label, steps);
}

/* "1:02:03" or "2:03", rounded to whole seconds. */
static void print_time(char *text, size_t size, double seconds) {
    const long whole = seconds < 1e9 ? lround(seconds) : 1000000000;
    if (whole >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, size, "%ld:%02ld", whole / 60, whole % 60);
}

/* The text to the right of the bar: " 120/331  loss 0.4321  35.2 images/s  2:13 left". */
static void print_figures(const Progress *progress, double elapsed, char *text, size_t size) {
    const int64_t done = progress->step - (progress->first > 0 ? progress->first : 0);
    const int64_t left = progress->steps - progress->step + progress->steps_after;
    char time[32];
    int used =
        snprintf(text, size, "%lld/%lld", (long long)progress->step, (long long)progress->steps);
    if (!isnan(progress->loss))
        used += snprintf(text + used, size - (size_t)used, "  loss %.4g", progress->loss);
    if (progress->remark[0])
        used += snprintf(text + used, size - (size_t)used, " (%s)", progress->remark);
    if (elapsed > 0 && progress->images > 0)
        used += snprintf(text + used, size - (size_t)used, "  %.1f images/s",
                         (double)progress->images / elapsed);
    if (left <= 0) {
        print_time(time, sizeof time, elapsed);
        snprintf(text + used, size - (size_t)used, "  took %s", time);
    } else if (done > 0) {
        print_time(time, sizeof time, elapsed / (double)done * (double)left);
        snprintf(text + used, size - (size_t)used, "  %s left", time);
    }
}

void progress_line(const Progress *progress, double elapsed, int width, bool bar, char *line,
                   size_t size) {
    char figures[256], blocks[BAR_MAX + 8] = "";
    print_figures(progress, elapsed, figures, sizeof figures);
    const int room = width - (int)strlen(progress->label) - (int)strlen(figures) - 4;
    const int length = room > BAR_MAX ? BAR_MAX : room;
    if (bar && length >= BAR_MIN) {
        const double share =
            progress->steps > 0 ? (double)progress->step / (double)progress->steps : 1;
        const int full = share >= 1 ? length : share > 0 ? (int)(share * length) : 0;
        blocks[0] = '[';
        memset(blocks + 1, '=', (size_t)full);
        memset(blocks + 1 + full, ' ', (size_t)(length - full));
        if (full < length) blocks[1 + full] = '>';
        strcpy(blocks + 1 + length, "] ");
    }
    snprintf(line, size, "%s%s%s%s", progress->label, *progress->label ? " " : "", blocks, figures);
    if (width >= 0 && (size_t)width < size) line[width] = '\0';
}

static int terminal_width(FILE *stream) {
    struct winsize window = { 0 };
    if (ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 && window.ws_col > 0) return window.ws_col;
    const char *columns = getenv("COLUMNS");
    const int width = columns ? atoi(columns) : 0;
    return width > 0 && width < LINE_MAX_LENGTH ? width : 80;
}

/* "\033[K" clears the rest of a longer earlier line. */
static void draw(Progress *progress, double time) {
    char line[LINE_MAX_LENGTH];
    const double elapsed = time - progress->began;
    if (progress->terminal) {
        progress_line(progress, elapsed, terminal_width(progress->stream) - 1, true, line,
                      sizeof line);
        fprintf(progress->stream, "\r%s\033[K", line);
        progress->on_screen = true;
    } else {
        progress_line(progress, elapsed, LINE_MAX_LENGTH - 1, false, line, sizeof line);
        fprintf(progress->stream, "%s\n", line);
    }
    fflush(progress->stream);
    progress->drawn = time;
}

static bool due(const Progress *progress, double time) {
    const double silence = time - progress->drawn;
    if (progress->terminal) return !progress->on_screen || silence >= seconds_per_redraw;
    if (progress->step >= progress->steps) return false; /* progress_end prints this one */
    if (silence >= seconds_of_silence) return true;
    return 10 * progress->step / progress->steps > progress->tenths && silence >= seconds_per_line;
}

void progress_update(Progress *progress, int64_t step, int64_t images, double loss) {
    const double time = now();
    if (progress->first < 0) progress->first = step > 0 ? step - 1 : 0;
    progress->step = step;
    progress->images = images;
    progress->loss = loss;
    if (!due(progress, time)) return;
    draw(progress, time);
    if (progress->steps > 0) progress->tenths = (int)(10 * step / progress->steps);
}

void progress_note(Progress *progress, const char *format, ...) {
    va_list arguments;
    if (progress->on_screen) fprintf(progress->stream, "\r\033[K");
    va_start(arguments, format);
    vfprintf(progress->stream, format, arguments);
    va_end(arguments);
    fputc('\n', progress->stream);
    if (progress->on_screen) draw(progress, now());
    fflush(progress->stream);
}

void progress_hide(Progress *progress) {
    if (!progress->on_screen) return;
    fprintf(progress->stream, "\r\033[K");
    fflush(progress->stream);
    progress->on_screen = false;
}

void progress_end(Progress *progress) {
    draw(progress, now());
    if (progress->terminal) fputc('\n', progress->stream);
    fflush(progress->stream);
    progress->on_screen = false;
}
