/* files.h - sorted folder listings and paths. */
#ifndef DATA_FILES_H
#define DATA_FILES_H

#include <stdbool.h>

/* The names of the files in a folder that hold pictures, sorted by byte value, so that a listing
 * is the same on every machine. */
typedef struct Names {
    char **names;
    int count;
} Names;

/* Files in folder whose extension (any case) is one of the comma-separated `extensions`, such as
 * "jpg,jpeg". A folder that cannot be read has none. The caller frees with names_free. */
Names names_in_folder(const char *folder, const char *extensions);
void names_free(Names *names);

/* The first name, in order, that is `stem` plus an extension; NULL if there is none. */
const char *names_find_stem(const Names *names, const char *stem);

bool folder_exists(const char *path);
bool file_exists(const char *path);

/* folder/name; the caller frees. */
char *path_join(const char *folder, const char *name);

/* The name without its last extension; the caller frees. */
char *path_stem(const char *name);

#endif
