/* image_list.c - expands folders and the list on standard input. */
#include "hadnet/prediction/image_list.h"

#include "data/files.h"
#include "data/image/image.h"
#include "tensor/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES_MAX = 64 << 20 };

static ListedImage *add(ImageList *list, char *path) {
    list->images = memory_one_more(list->images, (size_t)list->count, sizeof *list->images);
    ListedImage *image = &list->images[list->count++];
    const char *slash = strrchr(path, '/');
    *image = (ListedImage){ .path = path, .name = slash ? slash + 1 : path };
    return image;
}

static void add_problem(ImageList *list, const char *path, const char *line) {
    add(list, memory_text(path))->problem = memory_text(line);
}

static void add_folder(ImageList *list, const char *path, bool recursive) {
    char *folder = memory_text(path);
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') folder[--length] = '\0';
    Names names = recursive ? names_in_folder(folder, IMAGE_EXTENSIONS)
                            : names_directly_in_folder(folder, IMAGE_EXTENSIONS);
    Error line;
    for (int i = 0; i < names.count; i++) {
        ListedImage *image = add(list, path_join(folder, names.names[i]));
        image->name = image->path + length + 1;
    }
    if (names.unread)
        add_problem(list, folder, names.unread);
    else if (names.count == 0) {
        error_set(&line, "%s: no images in this folder%s; expected files with the extension %s",
                  folder,
                  recursive ? " or those within it" : " (--recursive searches those within it)",
                  IMAGE_EXTENSIONS);
        add_problem(list, folder, line.text);
    }
    names_free(&names);
    free(folder);
}

static void add_path(ImageList *list, const char *path, bool recursive) {
    if (folder_exists(path))
        add_folder(list, path, recursive);
    else
        add(list, memory_text(path));
}

/* All of the stream, ended by a zero byte; the caller frees. NULL: it cannot be read, or is too
 * long. */
static char *read_all(FILE *stream, size_t *length, Error *error) {
    size_t room = 1 << 16;
    char *text = memory_new(room, 1);
    *length = 0;
    for (size_t got; (got = fread(text + *length, 1, room - *length - 1, stream)) > 0;) {
        *length += got;
        if (*length > LIST_BYTES_MAX) break;
        if (room - *length > 1) continue;
        room *= 2;
        text = memory_resize(text, room, 1);
    }
    if (!ferror(stream) && *length <= LIST_BYTES_MAX) {
        text[*length] = '\0';
        return text;
    }
    if (ferror(stream))
        error_set(error, "the list on standard input: cannot read: %s", strerror(errno));
    else
        error_set(error, "the list on standard input: more than %d bytes", LIST_BYTES_MAX);
    free(text);
    return NULL;
}

static bool add_from_input(ImageList *list, bool recursive, Error *error) {
    size_t length;
    char *text = read_all(stdin, &length, error);
    if (!text) return false;
    const char separator = memchr(text, '\0', length) ? '\0' : '\n';
    for (char *path = text, *next; path < text + length; path = next) {
        char *end = memchr(path, separator, (size_t)(text + length - path));
        if (!end) end = text + length;
        next = end + 1;
        *end = '\0';
        if (separator == '\n' && end > path && end[-1] == '\r') end[-1] = '\0';
        if (*path) add_path(list, path, recursive);
    }
    free(text);
    return true;
}

bool image_list_make(ImageList *list, const char *const *operands, int count, bool recursive,
                     Error *error) {
    bool input_read = false;
    *list = (ImageList){ 0 };
    for (int i = 0; i < count; i++) {
        if (strcmp(operands[i], "-") != 0) {
            add_path(list, operands[i], recursive);
            continue;
        }
        if (input_read) return error_set(error, "- (the list on standard input) is given twice");
        if (!add_from_input(list, recursive, error)) return false;
        input_read = true;
    }
    return list->count > 0 || error_set(error, "the list on standard input names no image");
}

void image_list_free(ImageList *list) {
    for (int i = 0; i < list->count; i++) {
        free(list->images[i].path);
        free(list->images[i].problem);
    }
    free(list->images);
    *list = (ImageList){ 0 };
}
