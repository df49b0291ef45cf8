/* image_list.h - the images that a command line names: files, folders, and lists on standard
 * input.
 */
#ifndef HADNET_IMAGE_LIST_H
#define HADNET_IMAGE_LIST_H

#include "tensor/error.h"

typedef struct ListedImage {
    char *path; /* owned */
    const char
        *name;     /* the end of path that names its results: the file's name, or the path from the
                         folder that was given */
    char *problem; /* one line, for a folder without images or one that cannot be listed; owned, or
                         NULL */
} ListedImage;

typedef struct ImageList {
    ListedImage *images;
    int count;
} ImageList;

/* List the operands, in their order. A folder stands for the files in it with an extension of
 * IMAGE_EXTENSIONS, sorted; with `recursive`, for those in the folders within it too. "-" stands
 * for the paths that standard input has, one a line, or each ended by a zero byte if there is
 * one (as `find -print0` writes them); they may be folders. false, with an error: "-" is given
 * twice, the list cannot be read or is longer than 64 MiB. The caller frees, also after a
 * failure. */
bool image_list_make(ImageList *list, const char *const *operands, int count, bool recursive,
                     Error *error);
void image_list_free(ImageList *list);

#endif
