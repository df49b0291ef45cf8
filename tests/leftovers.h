/* leftovers.h - helpers for failed writes: half-written files, and a full disk. */
#ifndef TESTS_LEFTOVERS_H
#define TESTS_LEFTOVERS_H

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

/* The number of half-written files in the folder of `path`; -1: there is no such folder. */
static inline int leftovers_beside(const char *path) {
    char folder[4096];
    int count = 0;
    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    DIR *directory = opendir(folder);
    if (!directory) return -1;
    for (struct dirent *entry; (entry = readdir(directory));) {
        const size_t length = strlen(entry->d_name);
        count += length >= 4 && !strcmp(entry->d_name + length - 4, ".new");
    }
    closedir(directory);
    return count;
}

/* Limit the size of files: the next write fails as on a full disk, with EFBIG. Returns the former
 * limit, for file_size_limit_restore. */
static inline struct rlimit file_size_limit(rlim_t bytes) {
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &small);
    return before;
}

static inline void file_size_limit_restore(struct rlimit before) {
    setrlimit(RLIMIT_FSIZE, &before);
}

#endif
