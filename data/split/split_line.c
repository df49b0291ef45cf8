/* split_line.c - takes the lines of a split list from a dataset or from a text. */
#include "data/split/split_line.h"

#include "tensor/memory.h"
#include "tensor/text_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void add(SplitLines *lines, const char *name, Part part, int number) {
    lines->lines = memory_one_more(lines->lines, (size_t)lines->count, sizeof *lines->lines);
    lines->lines[lines->count++] = (SplitLine){ memory_text(name), part, number };
}

static int by_name(const void *left, const void *right) {
    const SplitLine *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void sort(SplitLines *lines) {
    if (lines->count > 0) qsort(lines->lines, (size_t)lines->count, sizeof *lines->lines, by_name);
}

void split_lines_free(SplitLines *lines) {
    for (int i = 0; i < lines->count; i++) free(lines->lines[i].name);
    free(lines->lines);
    *lines = (SplitLines){ 0 };
}

SplitLines split_lines_of_dataset(const Dataset *dataset) {
    SplitLines lines = { 0 };
    for (int i = 0; i < dataset->count; i++) {
        add(&lines, dataset->samples[i].name, dataset->samples[i].part, i);
        for (char *at = lines.lines[i].name; *at; at++)
            if (iscntrl((unsigned char)*at)) *at = '?';
    }
    sort(&lines);
    return lines;
}

/* The part that a line begins with, and in *name what stands behind its blank; PARTS for a line of
 * another form. */
static Part part_of(const char *line, const char **name) {
    for (Part part = PART_TRAIN; part < PARTS; part++) {
        const size_t length = strlen(dataset_part_name(part));
        *name = line + length + 1;
        if (!strncmp(line, dataset_part_name(part), length) && line[length] == ' ' && **name)
            return part;
    }
    return PARTS;
}

bool split_lines_of_text(char *text, const char *path, SplitLines *lines, Error *error) {
    int number = 0;
    *lines = (SplitLines){ 0 };
    for (char *line = text, *next; line; line = next) {
        const char *name;
        next = text_line_end(line);
        number++;
        if (!*line) continue;
        const Part part = part_of(line, &name);
        if (part == PARTS) {
            split_lines_free(lines);
            return error_set(error,
                             "%s line %d: '%.80s'; expected PART IMAGE, such as 'train "
                             "images/1.png', with train, val or test as PART",
                             path, number, line);
        }
        add(lines, name, part, number);
    }
    sort(lines);
    return true;
}
