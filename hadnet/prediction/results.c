/* results.c - plans the result files, refuses conflicts, and writes and removes results. */
#include "hadnet/prediction/results.h"

#include "data/image/png_mark.h"
#include "hadnet/training/run_folder.h"
#include "tensor/memory.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char writer[] = "hadnet_predict";
static const char *const kinds[RESULT_KINDS] = { "mask", "overlay", "score" };

/* ---- Names ---- */

/* An image's name without extension, as a part of its path. */
typedef struct Stem {
    const char *text;
    int length, index; /* of the image */
} Stem;

static Stem stem_of(const ListedImage *image, int index) {
    const char *name = image->name, *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    const char *dot = strrchr(last, '.');
    const size_t length = dot && dot != last ? (size_t)(dot - name) : strlen(name);
    return (Stem){ name, (int)length, index };
}

static int compare_stems(const void *left, const void *right) {
    const Stem *a = left, *b = right;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    const int order = memcmp(a->text, b->text, (size_t)a->length);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static bool same_stem(const Stem *a, const Stem *b) {
    return a->length == b->length && !memcmp(a->text, b->text, (size_t)a->length);
}

static bool path_of(const Results *results, int index, ResultKind kind, char path[PATH_MAX],
                    Error *error) {
    const ListedImage *image = results->images[index].listed;
    const Stem stem = stem_of(image, index);
    const int length = snprintf(path, PATH_MAX, "%s/%.*s_%s.png", results->options.folder,
                                stem.length, stem.text, kinds[kind]);
    return length < PATH_MAX ||
           error_set(error,
                     "%s: the name of its %s in %s has %d bytes; "
                     "at most %d are possible",
                     image->path, kinds[kind], results->options.folder, length, PATH_MAX - 1);
}

/* Whether results are made for an image. */
static bool has_results(const PlannedImage *image) {
    return !image->is_result && !image->listed->problem;
}

/* The first kind of picture that is written; RESULT_KINDS: none. */
static int first_kind(const ResultsOptions *options) {
    int kind = 0;
    while (kind < RESULT_KINDS && !options->pictures[kind]) kind++;
    return kind;
}

bool results_are_asked_for(const ResultsOptions *options) {
    return first_kind(options) < RESULT_KINDS || options->csv || options->json;
}

/* Refuse images of one name, which would write the same files. */
static bool stems_differ(const Results *results, Error *error) {
    const int kind = first_kind(&results->options);
    if (kind == RESULT_KINDS) return true;
    Stem *stems = memory_new((size_t)results->count, sizeof *stems);
    int count = 0;
    bool good = true;
    for (int i = 0; i < results->count; i++)
        if (has_results(&results->images[i]))
            stems[count++] = stem_of(results->images[i].listed, i);
    qsort(stems, (size_t)count, sizeof *stems, compare_stems);
    for (int i = 1; i < count && good; i++) {
        if (!same_stem(&stems[i - 1], &stems[i])) continue;
        const ListedImage *first = results->images[stems[i - 1].index].listed;
        const ListedImage *second = results->images[stems[i].index].listed;
        const bool in_two_folders = !strcmp(first->name, second->name);
        good = !strcmp(first->path, second->path)
                   ? error_set(error, "%s is given twice", first->path)
                   : error_set(error, "%s and %s would both write %.*s_%s.png; %s", first->path,
                               second->path, stems[i].length, stems[i].text, kinds[kind],
                               in_two_folders
                                   ? "give the folder above them, with --recursive, or call once "
                                     "for each, with an --out of its own"
                                   : "call once for each kind of file, with an --out of its own");
    }
    free(stems);
    return good;
}

/* ---- Existing files ---- */

/* The identity of a file, whatever names and links lead to it. */
typedef struct Identity {
    dev_t device;
    ino_t inode;
} Identity;

static int compare_identities(const void *left, const void *right) {
    const Identity *a = left, *b = right;
    if (a->device != b->device) return a->device < b->device ? -1 : 1;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

typedef struct Identities {
    Identity *sorted;
    int count;
} Identities;

static Identities identities_of(const Results *results) {
    Identities known = { memory_new((size_t)results->count, sizeof(Identity)), 0 };
    struct stat status;
    for (int i = 0; i < results->count; i++)
        if (has_results(&results->images[i]) && stat(results->images[i].listed->path, &status) == 0)
            known.sorted[known.count++] = (Identity){ status.st_dev, status.st_ino };
    qsort(known.sorted, (size_t)known.count, sizeof(Identity), compare_identities);
    return known;
}

static bool is_an_image(const Identities *known, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return false;
    const Identity identity = { status.st_dev, status.st_ino };
    return bsearch(&identity, known->sorted, (size_t)known->count, sizeof identity,
                   compare_identities) != NULL;
}

/* A link counts as a file of its own: the result would replace it. */
static bool is_there(const char *path, bool *is_regular) {
    struct stat status;
    if (lstat(path, &status) != 0) return false;
    *is_regular = S_ISREG(status.st_mode);
    return true;
}

static bool plan_result(Results *results, int index, ResultKind kind, const Identities *known,
                        Error *error) {
    static const char advice[] =
        "choose another folder with --out, or have files replaced with --overwrite";
    PlannedImage *image = &results->images[index];
    char path[PATH_MAX];
    bool is_regular;
    if (!path_of(results, index, kind, path, error)) return false;
    image->replaces[kind] = is_there(path, &is_regular);
    if (!image->replaces[kind] || results->options.overwrite) return true;
    if (is_an_image(known, path))
        return error_set(error, "%s: its %s would replace %s, one of the images; %s",
                         image->listed->path, kinds[kind], path, advice);
    return (is_regular && png_mark_is_whole(path, writer)) ||
           error_set(error, "%s: its %s would replace %s, which %s did not write; %s",
                     image->listed->path, kinds[kind], path, writer, advice);
}

static bool nothing_is_in_the_way(Results *results, Error *error) {
    const Identities known = identities_of(results);
    bool good = true;
    for (int i = 0; i < results->count && good; i++)
        for (int kind = 0; kind < RESULT_KINDS && good && has_results(&results->images[i]); kind++)
            good = !results->options.pictures[kind] ||
                   plan_result(results, i, (ResultKind)kind, &known, error);
    free(known.sorted);
    return good;
}

/* ---- The plan ---- */

bool results_plan(Results *results, const ResultsOptions *options, const ImageList *list,
                  Error *error) {
    *results = (Results){ .options = *options, .count = list->count };
    results->images = memory_new((size_t)list->count, sizeof *results->images);
    for (int i = 0; i < list->count; i++) {
        const bool is_result = png_mark_is_whole(list->images[i].path, writer);
        results->images[i] = (PlannedImage){ .listed = &list->images[i], .is_result = is_result };
        results->result_count += is_result;
    }
    return stems_differ(results, error) && nothing_is_in_the_way(results, error);
}

void results_free(Results *results) {
    free(results->images);
    *results = (Results){ .images = NULL };
}

bool results_took_place_of(const Results *results, int index) {
    return results->options.overwrite &&
           png_mark_is_whole(results->images[index].listed->path, writer);
}

/* Create the folders that an image's name has. */
static bool make_folder_of(const char *path, Error *error) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return make_folders(folder, error);
}

bool results_write(Results *results, int index, ResultKind kind, const Image *picture,
                   const PngPalette *palette, Error *error) {
    PlannedImage *image = &results->images[index];
    char path[PATH_MAX];
    bool is_regular;
    if (!path_of(results, index, kind, path, error)) return false;
    /* In a folder that ignores case, this may be another image's result. */
    if (!image->replaces[kind] && !results->options.overwrite && is_there(path, &is_regular))
        return error_set(error, "%s: is there now, and was not when the program started", path);
    if (strchr(image->listed->name, '/') && !make_folder_of(path, error)) return false;
    image->written[kind] = png_mark_write(path, picture, palette, writer, error);
    return image->written[kind];
}

void results_take_back(Results *results, int index) {
    PlannedImage *image = &results->images[index];
    char path[PATH_MAX];
    for (int kind = 0; kind < RESULT_KINDS; kind++) {
        if (image->written[kind] && !image->replaces[kind] &&
            path_of(results, index, (ResultKind)kind, path, NULL))
            remove(path);
        image->written[kind] = false;
    }
}
