#include "data/files.h"

#include "data/allocate.h"

#include <dirent.h>
#include <strings.h>
#include <sys/stat.h>

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

Names names_in_folder(const char *folder, const char *extensions) {
    Names names = { NULL, 0 };
    DIR *directory = opendir(folder);
    if (!directory) return names;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!has_extension(entry->d_name, extensions)) continue;
        names.names = allocate_one_more(names.names, (size_t)names.count, sizeof(char *));
        names.names[names.count++] = allocate_text(entry->d_name);
    }
    closedir(directory);
    if (names.count) qsort(names.names, (size_t)names.count, sizeof(char *), compare_names);
    return names;
}

void names_free(Names *names) {
    for (int i = 0; i < names->count; i++) free(names->names[i]);
    free(names->names);
    *names = (Names){ NULL, 0 };
}

const char *names_find_stem(const Names *names, const char *stem) {
    const size_t length = strlen(stem);
    int low = 0, high = names->count;
    while (low < high) { /* the first name not below the stem */
        const int middle = low + (high - low) / 2;
        if (strcmp(names->names[middle], stem) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < names->count && !strncmp(names->names[low], stem, length); low++) {
        const char *rest = names->names[low] + length;
        if (*rest == '.' && !strchr(rest + 1, '.')) return names->names[low];
    }
    return NULL;
}

bool folder_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0;
}

char *path_join(const char *folder, const char *name) {
    char *path = allocate(strlen(folder) + strlen(name) + 2, 1);
    return strcat(strcat(strcpy(path, folder), "/"), name);
}

char *path_stem(const char *name) {
    char *stem = allocate_text(name), *dot = strrchr(stem, '.');
    if (dot && dot != stem) *dot = '\0';
    return stem;
}
