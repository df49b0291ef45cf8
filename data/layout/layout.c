/* layout.c - pairs images with masks by their stems, and records what does not pair. */
#include "data/layout/layout.h"

#include "data/files.h"
#include "tensor/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Sample *layout_add(Dataset *dataset, const char *name, char *image, char *mask, MaskKind kind,
                   int label, Release release) {
    dataset->samples = memory_one_more(dataset->samples, (size_t)dataset->count, sizeof(Sample));
    Sample *sample = &dataset->samples[dataset->count++];
    *sample = (Sample){ .name = memory_text(name),
                        .image = image,
                        .mask = mask,
                        .mask_kind = kind,
                        .label = label,
                        .release = release,
                        .scene = -1 };
    return sample;
}

/* One folder of images and one of masks, listed. */
typedef struct Listing {
    Dataset *dataset;
    const Pairing *pairing;
    Names images, masks;
} Listing;

/* A problem: "DATASET/FOLDER/NAME: what". */
static void report(const Listing *listing, const char *folder, const char *name, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

static void report(const Listing *listing, const char *folder, const char *name, const char *format,
                   ...) {
    char what[512];
    Error line;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    error_set(&line, "%s/%s/%s: %s", listing->dataset->folder, folder, name, what);
    problems_add(&listing->dataset->problems, line.text);
}

static char *path_of(const Listing *listing, const char *folder, const char *name) {
    char *inside = path_join(folder, name), *path = path_join(listing->dataset->folder, inside);
    free(inside);
    return path;
}

static void add_pair(const Listing *listing, const char *image, const char *mask) {
    const Pairing *pairing = listing->pairing;
    char *image_path = path_of(listing, pairing->images, image);
    char *mask_path = mask ? path_of(listing, pairing->masks, mask) : NULL;
    layout_add(listing->dataset, image_path + strlen(listing->dataset->folder) + 1, image_path,
               mask_path, pairing->kind, pairing->label, pairing->release);
}

/* Add the masks of this stem to found, which already has `count` of two. */
static int find_masks(const Listing *listing, const char *stem, const char *found[2], int count) {
    for (const char *mask = NULL; count < 2; found[count++] = mask)
        if (!(mask = names_find_stem(&listing->masks, stem, mask))) break;
    return count;
}

/* The masks of the image with this stem, two at most. One called X_mask is X's unless there is a
 * image X_mask. */
static int masks_of(const Listing *listing, const char *stem, const char *found[2]) {
    int count = find_masks(listing, stem, found, 0);
    if (!listing->pairing->mask_suffix) return count;
    char *longer = memory_new(strlen(stem) + strlen(listing->pairing->mask_suffix) + 1, 1);
    strcat(strcpy(longer, stem), listing->pairing->mask_suffix);
    if (!names_find_stem(&listing->images, longer, NULL))
        count = find_masks(listing, longer, found, count);
    free(longer);
    return count;
}

static void report_missing_mask(const Listing *listing, const char *image, const char *stem) {
    const Pairing *pairing = listing->pairing;
    const int first = (int)strcspn(pairing->mask_extensions, ",");
    char other[256] = "";
    if (pairing->mask_suffix)
        snprintf(other, sizeof other, " (or %s%s.%.*s)", stem, pairing->mask_suffix, first,
                 pairing->mask_extensions);
    report(listing, pairing->images, image, "no mask; expected %s/%s.%.*s%s", pairing->masks, stem,
           first, pairing->mask_extensions, other);
}

static void add_image(const Listing *listing, const char *image) {
    const Pairing *pairing = listing->pairing;
    const bool paired = pairing->kind != MASK_BACKGROUND;
    const char *masks[2] = { NULL, NULL };
    char *stem = path_stem(image);
    const char *first = names_find_stem(&listing->images, stem, NULL);
    const int count = paired ? masks_of(listing, stem, masks) : 1;
    if (first != image)
        report(listing, pairing->images, image, "another image has the same stem: %s", first);
    else if (count == 0)
        report_missing_mask(listing, image, stem);
    else if (count > 1)
        report(listing, pairing->images, image, "two masks, %s and %s in %s; expected one",
               masks[0], masks[1], pairing->masks);
    else
        add_pair(listing, image, masks[0]);
    free(stem);
}

/* Whether a mask of this stem belongs to an image, by its suffix or without. */
static bool has_image(const Listing *listing, char *stem) {
    if (names_find_stem(&listing->images, stem, NULL)) return true;
    const char *suffix = listing->pairing->mask_suffix;
    const size_t length = strlen(stem), tail = suffix ? strlen(suffix) : 0;
    if (tail == 0 || tail >= length || strcmp(stem + length - tail, suffix) != 0) return false;
    stem[length - tail] = '\0';
    return names_find_stem(&listing->images, stem, NULL);
}

static void report_orphan_masks(const Listing *listing) {
    const Pairing *pairing = listing->pairing;
    for (int i = 0; i < listing->masks.count; i++) {
        char *stem = path_stem(listing->masks.names[i]);
        if (!has_image(listing, stem))
            report(listing, pairing->masks, listing->masks.names[i],
                   "a mask without an image; expected %s/%s.{%s}", pairing->images, stem,
                   pairing->image_extensions);
        free(stem);
    }
}

/* Report files that a user takes for images but that no reader here supports. */
static void report_other_formats(const Listing *listing, const char *folder,
                                 const char *extensions) {
    char *path = path_join(listing->dataset->folder, folder);
    Names names = names_in_folder(path, "tif,tiff,webp,gif,jp2,heic,avif");
    for (int i = 0; i < names.count; i++)
        report(listing, folder, names.names[i], "a format that is not read; expected {%s}",
               extensions);
    names_free(&names);
    free(path);
}

static Names list(const Dataset *dataset, const char *folder, const char *extensions) {
    char *path = path_join(dataset->folder, folder);
    const Names names = names_in_folder(path, extensions);
    free(path);
    return names;
}

static void list_end(Listing *listing, Names *names) {
    if (names->unread) problems_add(&listing->dataset->problems, names->unread);
    names_free(names);
}

int layout_add_pairs(Dataset *dataset, const Pairing *pairing) {
    Listing listing = { dataset, pairing, .masks = { 0 } };
    const bool paired = pairing->kind != MASK_BACKGROUND;
    const bool apart = paired && strcmp(pairing->images, pairing->masks) != 0;
    listing.images = list(dataset, pairing->images, pairing->image_extensions);
    if (paired) listing.masks = list(dataset, pairing->masks, pairing->mask_extensions);
    for (int i = 0; i < listing.images.count; i++) add_image(&listing, listing.images.names[i]);
    report_other_formats(&listing, pairing->images, pairing->image_extensions);
    if (apart) {
        report_orphan_masks(&listing);
        report_other_formats(&listing, pairing->masks, pairing->mask_extensions);
    }
    const int count = listing.images.count;
    list_end(&listing, &listing.images);
    list_end(&listing, &listing.masks);
    return count;
}

void layout_add_labelled_part(Dataset *dataset, const char *images, const char *masks,
                              Release release) {
    layout_add_pairs(dataset, &(Pairing){ .images = images,
                                          .image_extensions = "jpg",
                                          .masks = masks,
                                          .mask_extensions = "png",
                                          .kind = MASK_LABELS,
                                          .label = -1,
                                          .release = release });
}
