/* split_list.c - writes split.txt, and compares a dataset with it. */
#include "data/split/split_list.h"

#include "tensor/file_writer.h"
#include "tensor/memory.h"
#include "tensor/text_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line: the part, then the image, "train images/000.png". */
static char *line_of(const Sample *sample) {
    const char *part = dataset_part_name(sample->part);
    char *line = memory_new(strlen(part) + strlen(sample->name) + 2, 1);
    strcat(strcat(strcpy(line, part), " "), sample->name);
    for (char *at = line; *at; at++)
        if (iscntrl((unsigned char)*at)) *at = '?';
    return line;
}

bool split_list_write(const Dataset *dataset, const char *path, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    writer.durable = true; /* a resumed run depends on it */
    for (int i = 0; i < dataset->count; i++) {
        char *line = line_of(&dataset->samples[i]);
        fprintf(writer.file, "%s\n", line);
        free(line);
    }
    return file_writer_finish(&writer, true, error);
}

/* ---- Differences ---- */

/* Lines sorted by the images' names. */
typedef struct Lines {
    char **lines;
    int count;
} Lines;

static const char *name_in(const char *line) {
    const char *space = strchr(line, ' ');
    return space ? space + 1 : line;
}

static int by_name(const void *a, const void *b) {
    return strcmp(name_in(*(char *const *)a), name_in(*(char *const *)b));
}

static void sort(Lines *lines) {
    if (lines->count) qsort(lines->lines, (size_t)lines->count, sizeof(char *), by_name);
}

static Lines lines_of_dataset(const Dataset *dataset) {
    Lines lines = { memory_new((size_t)dataset->count + 1, sizeof(char *)), dataset->count };
    for (int i = 0; i < dataset->count; i++) lines.lines[i] = line_of(&dataset->samples[i]);
    sort(&lines);
    return lines;
}

/* They point into the text. */
static Lines lines_of_text(char *text) {
    Lines lines = { NULL, 0 };
    for (char *line = text, *next; line && *line; line = next) {
        next = text_line_end(line);
        lines.lines = memory_one_more(lines.lines, (size_t)lines.count, sizeof(char *));
        lines.lines[lines.count++] = line;
    }
    sort(&lines);
    return lines;
}

typedef struct Change {
    int count;
    char names[200]; /* of the first few */
} Change;

static void note(Change *change, const char *line) {
    enum { NAMED_AT_MOST = 3 };
    const size_t used = strlen(change->names);
    if (change->count++ < NAMED_AT_MOST)
        snprintf(change->names + used, sizeof change->names - used, "%s%.60s", used ? ", " : "",
                 name_in(line));
    else if (change->count == NAMED_AT_MOST + 1)
        snprintf(change->names + used, sizeof change->names - used, ", ...");
}

static void append(char *text, size_t room, const Change *change, const char *what) {
    const size_t used = strlen(text);
    if (change->count)
        snprintf(text + used, room - used, "%s%d %s (%s)", used ? ", " : "", change->count, what,
                 change->names);
}

static void compare(const Lines *then, const Lines *now, char *text, size_t room) {
    Change added = { 0 }, missing = { 0 }, moved = { 0 };
    for (int i = 0, j = 0; i < then->count || j < now->count;) {
        const int order = i == then->count  ? 1
                          : j == now->count ? -1
                                            : by_name(&then->lines[i], &now->lines[j]);
        if (order < 0) note(&missing, then->lines[i]);
        if (order > 0) note(&added, now->lines[j]);
        if (order == 0 && strcmp(then->lines[i], now->lines[j]) != 0) note(&moved, now->lines[j]);
        i += order <= 0;
        j += order >= 0;
    }
    text[0] = '\0';
    append(text, room, &added, "added");
    append(text, room, &missing, "missing");
    append(text, room, &moved, "in another part");
}

bool split_list_refuse(const Dataset *dataset, const char *path, Error *error) {
    char changes[800] = "";
    char *text = text_file_read(path, NULL);
    if (text) {
        Lines then = lines_of_text(text), now = lines_of_dataset(dataset);
        compare(&then, &now, changes, sizeof changes);
        for (int i = 0; i < now.count; i++) free(now.lines[i]);
        free(now.lines);
        free(then.lines);
        free(text);
    }
    return error_set(error, "%s: not the images and parts that the run began with%s%s",
                     dataset->folder, changes[0] ? ": " : "", changes);
}
