/* test_hadnet_progress.c - the output of a progress bar, and its timing. */
#include "hadnet/command_line/progress.h"

#include "tests/test.h"

#include <math.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static char text[1 << 16];

static const char *written(FILE *stream) {
    rewind(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    return text;
}

static int count_of(const char *what) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what)) count++;
    return count;
}

TEST(progress_line_tells_rate_and_time_left) {
    const struct {
        int64_t step, first, steps_after, images;
        double loss, elapsed;
        int width;
        bool bar;
        const char *expected;
    } cases[] = {
        { 50, 0, 0, 400, 0.43216, 100, 500, false,
          "epoch 3/9 50/200  loss 0.4322  4.0 images/s  5:00 left" },
        { 50, 0, 200, 400, NAN, 100, 500, false, "epoch 3/9 50/200  4.0 images/s  11:40 left" },
        { 50, 0, 100000, 400, NAN, 100, 500, false,
          "epoch 3/9 50/200  4.0 images/s  55:38:20 left" },
        { 150, 100, 0, 100, NAN, 10, 500, false, "epoch 3/9 150/200  10.0 images/s  0:10 left" },
        { 200, 0, 0, 400, INFINITY, 59.7, 500, false,
          "epoch 3/9 200/200  loss inf  6.7 images/s  took 1:00" },
        { 0, -1, 0, 0, NAN, 0, 500, false, "epoch 3/9 0/200" },
        { 50, 0, 0, 0, NAN, 100, 44, true, "epoch 3/9 [===>          ] 50/200  5:00 left" },
        { 200, 0, 0, 0, NAN, 100, 44, true, "epoch 3/9 [=============] 200/200  took 1:40" },
        { 50, 0, 0, 0, NAN, 100, 30, true, "epoch 3/9 50/200  5:00 left" },
        { 50, 0, 0, 0, NAN, 100, 12, true, "epoch 3/9 50" },
        { 50, 0, 0, 0, NAN, 100, 0, true, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_case("progress_line_tells_rate_and_time_left: %s", cases[i].expected);
        Progress progress = progress_begin("epoch 3/9", 200);
        progress.step = cases[i].step;
        progress.first = cases[i].first;
        progress.steps_after = cases[i].steps_after;
        progress.images = cases[i].images;
        progress.loss = cases[i].loss;
        char line[256];
        progress_line(&progress, cases[i].elapsed, cases[i].width, cases[i].bar, line, sizeof line);
        if (strcmp(line, cases[i].expected)) test_fail(__FILE__, __LINE__, "'%s'", line);
    }
}

TEST(progress_in_a_file_is_ten_lines_without_control_characters) {
    FILE *stream = tmpfile();
    Progress progress = progress_begin_on(stream, "work", 1000);
    CHECK(!progress.terminal);
    for (int i = 1; i <= 1000; i++) {
        progress.drawn -= 1; /* a second passes between the steps */
        progress_update(&progress, i, i, 1);
    }
    progress_end(&progress);
    written(stream);
    CHECK(count_of("\n") == 40); /* each tenth, each 30 s, and the end */
    CHECK(count_of("\r") == 0 && count_of("\033") == 0);
    CHECK(count_of("work 100/1000") == 1 && count_of("work 1000/1000") == 1);
    fclose(stream);
}

TEST(progress_in_a_file_says_little_about_quick_work) {
    FILE *stream = tmpfile();
    Progress progress = progress_begin_on(stream, "work", 100);
    for (int i = 1; i <= 100; i++) progress_update(&progress, i, i, 1);
    progress_note(&progress, "note %d", 7);
    progress_end(&progress);
    written(stream);
    CHECK(!strncmp(text, "note 7\nwork 100/100  loss 1", 26));
    CHECK(count_of("\n") == 2);
    fclose(stream);
}

TEST(progress_of_nothing_does_not_divide_by_it) {
    FILE *stream = tmpfile();
    Progress progress = progress_begin_on(stream, "", 0);
    progress_update(&progress, 0, 0, NAN);
    progress_end(&progress);
    CHECK(!strcmp(written(stream), "0/0  took 0:00\n"));
    fclose(stream);
}

TEST(progress_on_a_terminal_redraws_one_line_ten_times_a_second) {
    int controller, terminal;
    struct winsize window = { .ws_row = 24, .ws_col = 100 };
    if (openpty(&controller, &terminal, NULL, NULL, &window) != 0) return;
    FILE *stream = fdopen(terminal, "w");
    Progress progress = progress_begin_on(stream, "work", 1000);
    CHECK(progress.terminal);
    for (int i = 1; i <= 1000; i++) progress_update(&progress, i, i, 0.5);
    progress_note(&progress, "a note");
    progress_end(&progress);
    fclose(stream); /* then reading ends with an error */
    size_t count = 0;
    for (ssize_t more; (more = read(controller, text + count, sizeof text - 1 - count)) > 0;)
        count += (size_t)more;
    text[count] = '\0';
    /* 1000 quick steps take less than half a second: the first, a few, after the note, the end.
     */
    const int drawn = count_of("work ");
    CHECK(drawn >= 3 && drawn <= 8);
    CHECK(strstr(text, "\r\033[Ka note\r\n\rwork ["));
    CHECK(strstr(text, "] 1000/1000  loss 0.5  "));
    char *line = strrchr(text, '\r');
    while (line > text && (line[1] == '\n' || line[-1] == '\r')) *line-- = '\0';
    line = strrchr(text, '\r');
    CHECK(line && strcspn(line + 1, "\033") <= 99);
    close(controller);
}
