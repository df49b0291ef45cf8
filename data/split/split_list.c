/* split_list.c - writes and reads the part of every image, and compares a dataset with a list. */
#include "data/split/split_list.h"

#include "data/files.h"
#include "data/split/few_names.h"
#include "data/split/split.h"
#include "data/split/split_line.h"
#include "tensor/file_writer.h"
#include "tensor/text_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool split_list_write(const Dataset *dataset, const char *path, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    writer.durable = true; /* a resumed run depends on it */
    for (int i = 0; i < dataset->count; i++) {
        const Sample *sample = &dataset->samples[i];
        fprintf(writer.file, "%s ", dataset_part_name(sample->part));
        for (const char *at = sample->name; *at; at++)
            fputc(iscntrl((unsigned char)*at) ? '?' : *at, writer.file);
        fputc('\n', writer.file);
    }
    return file_writer_finish(&writer, true, error);
}

/* ---- Comparison ---- */

typedef struct Difference {
    FewNames added, missing, moved;
} Difference;

/* Walks two sorted lists. A line of the list that has a sample gives it its part if `take`. */
static Difference compare(const SplitLines *list, const SplitLines *samples, Dataset *take) {
    Difference difference = { 0 };
    for (int i = 0, j = 0; i < list->count || j < samples->count;) {
        const SplitLine *listed = i < list->count ? &list->lines[i] : NULL;
        const SplitLine *sample = j < samples->count ? &samples->lines[j] : NULL;
        const int order = !listed ? 1 : !sample ? -1 : strcmp(listed->name, sample->name);
        if (order < 0) few_names_add(&difference.missing, listed->name);
        if (order > 0) few_names_add(&difference.added, sample->name);
        if (order == 0 && listed->part != sample->part)
            few_names_add(&difference.moved, sample->name);
        if (order == 0 && take) take->samples[sample->number].part = listed->part;
        i += order <= 0;
        j += order >= 0;
    }
    return difference;
}

bool split_list_refuse(const Dataset *dataset, const char *path, Error *error) {
    char changes[800] = "";
    char *text = text_file_read(path, NULL);
    SplitLines then;
    if (text && split_lines_of_text(text, path, &then, NULL)) {
        SplitLines now = split_lines_of_dataset(dataset);
        const Difference difference = compare(&then, &now, NULL);
        few_names_append(changes, sizeof changes, &difference.added, "added");
        few_names_append(changes, sizeof changes, &difference.missing, "missing");
        few_names_append(changes, sizeof changes, &difference.moved, "in another part");
        split_lines_free(&now);
        split_lines_free(&then);
    }
    free(text);
    return error_set(error, "%s: not the images and parts that the run began with%s%s",
                     dataset->folder, changes[0] ? ": " : "", changes);
}

/* ---- Reading ---- */

static bool are_unique(const SplitLines *list, const char *path, Error *error) {
    for (int i = 1; i < list->count; i++) {
        const SplitLine *before = &list->lines[i - 1], *line = &list->lines[i];
        if (!strcmp(before->name, line->name))
            return error_set(error, "%s line %d: %.200s is in line %d already", path, line->number,
                             line->name, before->number);
    }
    return true;
}

/* Drop the lines of images that are there, but which the dataset left out; its problems name them. */
static void drop_left_out(SplitLines *list, const SplitLines *samples, const Dataset *dataset) {
    int kept = 0;
    for (int i = 0, j = 0; i < list->count; i++) {
        SplitLine *line = &list->lines[i];
        while (j < samples->count && strcmp(samples->lines[j].name, line->name) < 0) j++;
        const bool known = j < samples->count && !strcmp(samples->lines[j].name, line->name);
        char *path = path_join(dataset->folder, line->name);
        if (known || !file_exists(path))
            list->lines[kept++] = *line;
        else
            free(line->name);
        free(path);
    }
    list->count = kept;
}

static bool every_part_has_some(const SplitLines *list, const char *path, Error *error) {
    int held[PARTS] = { 0 };
    for (int i = 0; i < list->count; i++) held[list->lines[i].part]++;
    for (Part part = PART_TRAIN; part < PARTS; part++)
        if (held[part] == 0)
            return error_set(error, "%s: no images for %s; expected some in every part", path,
                             dataset_part_name(part));
    return true;
}

static bool take(SplitLines *list, Dataset *dataset, const char *path, Error *error) {
    char changes[600] = "";
    SplitLines samples = split_lines_of_dataset(dataset);
    drop_left_out(list, &samples, dataset);
    const Difference difference = compare(list, &samples, NULL);
    few_names_append(changes, sizeof changes, &difference.missing, "listed but not there");
    few_names_append(changes, sizeof changes, &difference.added, "not listed");
    const bool good = changes[0] ? error_set(error, "%s: not the images of %s: %s", path,
                                             dataset->folder, changes)
                                 : every_part_has_some(list, path, error);
    if (good) compare(list, &samples, dataset);
    split_lines_free(&samples);
    return good;
}

bool split_list_read(Dataset *dataset, const char *path, Error *error) {
    SplitLines list;
    char *text = text_file_read(path, error);
    bool good = text && split_lines_of_text(text, path, &list, error);
    if (good) {
        good = are_unique(&list, path, error) && take(&list, dataset, path, error);
        split_lines_free(&list);
    }
    free(text);
    return good;
}
