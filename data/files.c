/* files.c - lists folders recursively, in sorted order, and joins paths. */
#include "data/files.h"

#include "tensor/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_extension(const char *name, const char *extensions) {
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name) return false;
    const size_t length = strlen(dot + 1);
    for (const char *from = extensions; *from;) {
        const size_t size = strcspn(from, ",");
        if (size == length && !strncasecmp(from, dot + 1, size)) return true;
        from += size + (from[size] == ',');
    }
    return false;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder being listed, and its parents. A link back to one of them would recurse for ever. */
typedef struct Place {
    dev_t device;
    ino_t inode;
    const struct Place *outer;
} Place;

static bool enter(const char *path, const Place *outer, Place *place) {
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) return false;
    *place = (Place){ status.st_dev, status.st_ino, outer };
    for (; outer; outer = outer->outer)
        if (outer->device == place->device && outer->inode == place->inode) return false;
    return true;
}

static void add(Names *names, char *name) {
    names->names = memory_one_more(names->names, (size_t)names->count, sizeof(char *));
    names->names[names->count++] = name;
}

/* Sort the folder's entries into wanted files and possible folders. */
static bool read_folder(const char *path, const char *extensions, Names *files, Names *folders) {
    DIR *directory = opendir(path);
    if (!directory && errno == ENOMEM) memory_exhausted(sizeof(struct dirent));
    if (!directory) return false;
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *name = entry->d_name;
        const bool link = entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
        if (name[0] == '.') continue;
        if (entry->d_type != DT_DIR && has_extension(name, extensions))
            add(files, memory_text(name));
        else if (entry->d_type == DT_DIR || link)
            add(folders, memory_text(name));
    }
    closedir(directory);
    return true;
}

/* Append the files in the folder `path` and, if `recursive`, in the folders within it;
 * `inside` is its path relative to the top folder. */
static void list(Names *names, const char *path, const char *inside, const char *extensions,
                 bool recursive, const Place *outer) {
    Place place;
    Names files = { 0 }, folders = { 0 };
    if (!enter(path, outer, &place)) return;
    if (!read_folder(path, extensions, &files, &folders) && !names->unread) {
        Error line;
        error_set(&line, "%s: cannot be listed: %s", path, strerror(errno));
        names->unread = memory_text(line.text);
    }
    for (int i = 0; i < files.count; i++)
        add(names, *inside ? path_join(inside, files.names[i]) : memory_text(files.names[i]));
    for (int i = 0; i < folders.count && recursive; i++) {
        const char *name = folders.names[i];
        char *below = path_join(path, name);
        char *below_inside = *inside ? path_join(inside, name) : memory_text(name);
        list(names, below, below_inside, extensions, true, &place);
        free(below);
        free(below_inside);
    }
    names_free(&files);
    names_free(&folders);
}

static Names names_in(const char *folder, const char *extensions, bool recursive) {
    Names names = { 0 };
    list(&names, folder, "", extensions, recursive, NULL);
    if (names.count) qsort(names.names, (size_t)names.count, sizeof(char *), compare_names);
    return names;
}

Names names_in_folder(const char *folder, const char *extensions) {
    return names_in(folder, extensions, true);
}

Names names_directly_in_folder(const char *folder, const char *extensions) {
    return names_in(folder, extensions, false);
}

void names_free(Names *names) {
    for (int i = 0; i < names->count; i++) free(names->names[i]);
    free(names->names);
    free(names->unread);
    *names = (Names){ 0 };
}

/* Whether name is the stem, a dot and an extension. */
static bool has_stem(const char *name, const char *stem, size_t length) {
    return !strncmp(name, stem, length) && name[length] == '.' && !strchr(name + length + 1, '.');
}

/* Compares a name with the stem and a dot, with which all names of the stem begin. */
static int compare_beginning(const char *name, const char *stem, size_t length) {
    const int difference = strncmp(name, stem, length);
    return difference ? difference : (unsigned char)name[length] - '.';
}

const char *names_find_stem(const Names *names, const char *stem, const char *after) {
    const size_t length = strlen(stem);
    int low = 0, high = names->count;
    while (low < high) { /* the first name not below the stem and its dot */
        const int middle = low + (high - low) / 2;
        if (compare_beginning(names->names[middle], stem, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool passed = !after;
    for (; low < names->count && !compare_beginning(names->names[low], stem, length); low++) {
        const char *name = names->names[low];
        if (passed && has_stem(name, stem, length)) return name;
        passed |= name == after;
    }
    return NULL;
}

bool folder_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

char *path_join(const char *folder, const char *name) {
    char *path = memory_new(strlen(folder) + strlen(name) + 2, 1);
    return strcat(strcat(strcpy(path, folder), "/"), name);
}

char *path_absolute(const char *path) {
    char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    if (!here) return memory_text(path);
    char *absolute = path_join(here, path);
    free(here);
    return absolute;
}

char *path_stem(const char *name) {
    char *stem = memory_text(name), *slash = strrchr(stem, '/');
    char *start = slash ? slash + 1 : stem, *dot = strrchr(start, '.');
    if (dot && dot != start) *dot = '\0';
    return stem;
}
