/* Running out of memory: the messages, and no files left behind. */
#include "tensor/file_writer.h"
#include "tensor/memory.h"
#include "tensor/unfinished_files.h"
#include "tests/test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(memory_a_lack_is_told_from_a_fault) {
    char name[3000];
    Error error = { "" }, copy = { "" };
    CHECK(!error_is_no_memory(&error));
    CHECK(!error_no_memory(&error, "%s: its pixels", "a.png"));
    CHECK(!strcmp(error.text, "a.png: its pixels: not enough memory"));
    CHECK(error_is_no_memory(&error));
    error_set(&copy, "while reading: %s", error.text);
    CHECK(error_is_no_memory(&copy));
    error_set(&error, "%s: truncated PNG", "a: not enough memory.png");
    CHECK(!error_is_no_memory(&error));
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    error_no_memory(&error, "%s", name);
    CHECK(error_is_no_memory(&error));
    CHECK(strlen(error.text) == sizeof error.text - 1);
}

TEST(memory_that_is_there_is_zero) {
    unsigned char *bytes = memory_new(1000, 3);
    for (int i = 0; i < 3000; i++) CHECK(bytes[i] == 0);
    bytes = memory_resize(bytes, 5, 1);
    free(memory_resize(bytes, 0, 1));
    char *text = memory_text("steel");
    CHECK(!strcmp(text, "steel"));
    free(text);
}

static void ask_for_too_much(const void *context) {
    const size_t *count = context;
    memory_new(*count, 1 << 20);
}

/* A library's user who passes no handler gets a message, not a null pointer. */
TEST(memory_without_an_end_breaks_a_promise) {
    const size_t far_too_much = SIZE_MAX >> 22, overflowing = SIZE_MAX / 2;
    CHECK_STOPS(ask_for_too_much, &far_too_much, "out of memory: no room for");
    CHECK_STOPS(ask_for_too_much, &overflowing, "out of memory: no room for");
}

enum { ENDED_IN_ORDER = 7 };

static void end_in_order(const char *line) {
    unfinished_files_remove();
    _exit(strstr(line, "12345 more bytes") ? ENDED_IN_ORDER : 1);
}

/* In a process of its own: two files half written, one finished, then no more memory. */
static void write_and_starve(const char *folder) {
    char path[3][512];
    FileWriter writers[3];
    Error error;
    memory_on_exhaustion(end_in_order);
    for (int i = 0; i < 3; i++) {
        snprintf(path[i], sizeof path[i], "%s/starved_%d", folder, i);
        if (!file_writer_open(&writers[i], path[i], &error)) _exit(1);
        file_writer_write(&writers[i], "half", 4);
    }
    if (!file_writer_finish(&writers[1], true, &error)) _exit(1);
    memory_exhausted(12345);
}

TEST(memory_exhausted_leaves_no_unfinished_file) {
    const char *folder = test_folder();
    char path[512], command[600], found[64] = "";
    int status = 0;
    const pid_t child = fork();
    if (child == 0) write_and_starve(folder);
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == ENDED_IN_ORDER);
    snprintf(path, sizeof path, "%s/starved_1", folder);
    CHECK(access(path, F_OK) == 0);
    snprintf(command, sizeof command, "ls %s | grep -c starved", folder);
    FILE *listing = popen(command, "r");
    CHECK(listing && fgets(found, sizeof found, listing) && atoi(found) == 1);
    if (listing) pclose(listing);
}

static void must_suffice(const void *context) {
    memory_must_suffice(context);
}

TEST(memory_must_suffice_ends_for_nothing_else) {
    Error lack = { "" }, fault = { "" };
    error_no_memory(&lack, "b.png: its pixels");
    error_set(&fault, "b.png: damaged");
    memory_must_suffice(&fault);
    CHECK_STOPS(must_suffice, &lack, "b.png: its pixels: not enough memory");
}
