/* files.h - sorted folder listings and paths. */
#ifndef DATA_FILES_H
#define DATA_FILES_H

#include <stdbool.h>

/* Files of a folder and of the folders within it, by their paths from there ("a.png",
 * "line 2/a.png"), sorted by byte value, so that a listing is the same on every machine. */
typedef struct Names {
    char **names;
    int count;
    char *unread; /* "PATH: why" of the first folder that could not be listed; or NULL */
} Names;

/* Files under folder whose extension (any case) is one of the comma-separated `extensions`, such as
 * "jpg,jpeg". Names that begin with a dot are skipped: the system and other programs leave such
 * files ("._a.png"). A missing folder gives an empty list. The caller frees with names_free. */
Names names_in_folder(const char *folder, const char *extensions);

/* The same without the files of the folders within it. */
Names names_directly_in_folder(const char *folder, const char *extensions);
void names_free(Names *names);

/* The first name that is `stem` plus an extension; or, where `after` is one, the next such name.
 * NULL if there is none. A stem keeps its folder: that of "line 2/a.png" is "line 2/a". */
const char *names_find_stem(const Names *names, const char *stem, const char *after);

bool folder_exists(const char *path);
bool file_exists(const char *path); /* anything of that name, even a link to nothing */

/* folder/name; the caller frees. */
char *path_join(const char *folder, const char *name);

/* The same place as seen from any folder; the caller frees. Links stay. */
char *path_absolute(const char *path);

/* The name without its last extension; the caller frees. */
char *path_stem(const char *name);

#endif
