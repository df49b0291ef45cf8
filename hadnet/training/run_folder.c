/* run_folder.c - creates, locks and checks run folders, and appends to metrics.csv. */
#include "hadnet/training/run_folder.h"

#include "data/files.h"
#include "hadnet/reports/csv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

const char *run_folder_file(const RunFolder *folder, const char *name, char buffer[RUN_PATH_MAX]) {
    const int length = snprintf(buffer, RUN_PATH_MAX, "%s/%s", folder->path, name);
    PROMISE(length < RUN_PATH_MAX, "no room for %s in the path %s", name, folder->path);
    return buffer;
}

static bool has_file(const RunFolder *folder, const char *name) {
    char path[RUN_PATH_MAX];
    return access(run_folder_file(folder, name, path), F_OK) == 0;
}

/* The first of these files that exists in the folder, or NULL. */
static const char *first_of(const RunFolder *folder, const char *const *names, int count) {
    for (int i = 0; i < count; i++)
        if (has_file(folder, names[i])) return names[i];
    return NULL;
}

/* The first file that shows that the folder holds a run, or NULL. */
static const char *trace_of_run(const RunFolder *folder) {
    const char *const names[] = { "settings.txt", "metrics.csv", "last.safetensors" };
    return first_of(folder, names, sizeof names / sizeof *names);
}

/* In a folder without a run: a file that a run would replace, or NULL. */
static const char *file_in_the_way(const RunFolder *folder) {
    const char *const names[] = { "split.txt",  "best.safetensors", "resume.safetensors",
                                  "curves.png", "overlays.png",     "report.html",
                                  "afss.csv" };
    return first_of(folder, names, sizeof names / sizeof *names);
}

static bool set_path(RunFolder *folder, const char *path, Error *error) {
    enum { ROOM_FOR_NAMES = 64 }; /* of the files inside, with .new */
    size_t length = strlen(path);
    if (length == 0) return error_set(error, "the run's folder has an empty name");
    if (length >= RUN_PATH_MAX - ROOM_FOR_NAMES)
        return error_set(error, "the run's folder has a name of %zu bytes, at most %d are possible",
                         length, RUN_PATH_MAX - ROOM_FOR_NAMES - 1);
    while (length > 1 && path[length - 1] == '/') length--;
    memcpy(folder->path, path, length);
    folder->path[length] = '\0';
    return true;
}

/* mkdir with parents. Another process may create the same folder meanwhile: EEXIST is success. */
bool make_folders(const char *path, Error *error) {
    char part[RUN_PATH_MAX];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return error_set(error, "a folder's name has %zu bytes, expected 1 to %zu", length,
                         sizeof part - 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) == 0) continue;
        const int failure = errno; /* folder_exists sets its own */
        if (folder_exists(part)) continue;
        return error_set(error, "%s: cannot make the folder %s: %s", path, part,
                         failure == EEXIST ? "a file has this name" : strerror(failure));
    }
    return true;
}

/* ---- One writer ---- */

static bool lock_folder(RunFolder *folder, Error *error) {
    folder->lock = 0;
    const int descriptor = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set(error, "%s: cannot open the folder: %s", folder->path, strerror(errno));
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        folder->lock = descriptor;
        return true;
    }
    const bool held = errno == EWOULDBLOCK;
    close(descriptor);
    return !held || error_set(error, "%s: another process is writing this run; wait until it ends",
                              folder->path);
}

void run_folder_close(RunFolder *folder) {
    if (folder->lock) close(folder->lock);
    folder->lock = 0;
}

static bool fail(RunFolder *folder) {
    run_folder_close(folder);
    return false;
}

static const char *const files[] = { "settings.txt",      "split.txt",        "metrics.csv",
                                     "curves.png",        "overlays.png",     "report.html",
                                     "afss.csv",          "last.safetensors", "best.safetensors",
                                     "resume.safetensors" };
enum { FILES = sizeof files / sizeof *files };

/* Whether a name is a run's temporary file, "metrics.csv.4711-1.new", and not a user's file. */
static bool is_half_written(const char *name) {
    for (int i = 0; i < FILES; i++) {
        const size_t length = strlen(files[i]);
        if (strncmp(name, files[i], length) != 0 || name[length] != '.') continue;
        const char *number = name + length + 1;
        return !strcmp(number + strspn(number, "0123456789-"), ".new");
    }
    return false;
}

/* Remove half-written files of a killed run; the lock ensures that nobody is writing them. */
static void remove_half_written(const RunFolder *folder) {
    DIR *directory = opendir(folder->path);
    if (!directory) return;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (is_half_written(entry->d_name)) unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

/* ---- Creating and opening ---- */

static bool is_free(const RunFolder *folder, Error *error) {
    const char *trace = trace_of_run(folder);
    const char *in_the_way = trace ? NULL : file_in_the_way(folder);
    if (in_the_way)
        return error_set(error,
                         "%s is no run's folder and holds a file %s, which a run would replace; "
                         "choose another folder with --out",
                         folder->path, in_the_way);
    if (!trace) return true;
    if (!has_file(folder, "resume.safetensors"))
        return error_set(error,
                         "%s already holds a run (%s) that saved nothing to resume from; "
                         "remove it, or choose another folder with --out",
                         folder->path, trace);
    return error_set(error,
                     "%s already holds a run (%s); continue it with --resume %s, or choose "
                     "another folder with --out",
                     folder->path, trace, folder->path);
}

static bool is_writable(const RunFolder *folder, Error *error) {
    return access(folder->path, W_OK | X_OK) == 0 ||
           error_set(error, "%s: cannot write into the folder: %s", folder->path, strerror(errno));
}

/* A folder that was free before the lock may hold a run once it is locked: check twice. */
bool run_folder_create(RunFolder *folder, const char *path, Error *error) {
    folder->lock = 0;
    if (!set_path(folder, path, error) || !is_free(folder, error)) return false;
    folder->is_new = !folder_exists(folder->path);
    if (!make_folders(folder->path, error) || !is_writable(folder, error) ||
        !lock_folder(folder, error))
        return false;
    return is_free(folder, error) || fail(folder);
}

bool run_folder_open(RunFolder *folder, const char *path, Error *error) {
    folder->lock = 0;
    folder->is_new = false;
    if (!set_path(folder, path, error)) return false;
    if (!folder_exists(folder->path))
        return error_set(error, "%s: no such folder; expected the folder of an earlier run",
                         folder->path);
    if (!has_file(folder, "settings.txt"))
        return error_set(error, "%s: holds no run to resume: settings.txt is missing",
                         folder->path);
    if (!lock_folder(folder, error)) return false;
    if (!has_file(folder, "resume.safetensors")) {
        error_set(error,
                  "%s: holds no run to resume: resume.safetensors is missing; nothing "
                  "was saved, or it was deleted: remove the folder and start again",
                  folder->path);
        return fail(folder);
    }
    remove_half_written(folder);
    return true;
}

bool run_folder_discard_start(const char *path, Error *error) {
    RunFolder folder = { .lock = 0 };
    if (!set_path(&folder, path, error)) return false;
    if (!folder_exists(folder.path) || has_file(&folder, "resume.safetensors")) return true;
    if (!lock_folder(&folder, error)) return false;
    char buffer[RUN_PATH_MAX];
    remove_half_written(&folder);
    for (int i = 0; i < FILES; i++) remove(run_folder_file(&folder, files[i], buffer));
    run_folder_close(&folder);
    return true;
}

static bool make_parents(const char *path, Error *error) {
    char parent[RUN_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path) return true;
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
    return make_folders(parent, error);
}

bool run_folder_create_next(RunFolder *folder, const char *base, Error *error) {
    folder->lock = 0;
    for (int number = 1; number < 100000; number++) {
        char path[RUN_PATH_MAX];
        const int length = number == 1 ? snprintf(path, sizeof path, "%s", base)
                                       : snprintf(path, sizeof path, "%s-%d", base, number);
        if (length >= (int)sizeof path || !set_path(folder, path, error))
            return set_path(folder, base, error);
        if (!make_parents(folder->path, error)) return false;
        folder->is_new = mkdir(folder->path, 0777) == 0;
        if (folder->is_new) return lock_folder(folder, error);
        if (errno != EEXIST)
            return error_set(error, "%s: cannot make the folder: %s", folder->path,
                             strerror(errno));
    }
    return error_set(error, "%s: 99999 runs have this name already", base);
}

/* ---- Room on the disk ---- */

static uint64_t bytes_of(const RunFolder *folder, const char *name) {
    char path[RUN_PATH_MAX];
    struct stat status;
    return stat(run_folder_file(folder, name, path), &status) == 0 ? (uint64_t)status.st_size : 0;
}

bool run_folder_has_room(const RunFolder *folder, uint64_t bytes, Error *error) {
    enum { PICTURES_AND_TABLES = 4 << 20 };
    struct statvfs disk;
    if (statvfs(folder->path, &disk) != 0) return true; /* the first save will fail if it is full */
    const uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    const uint64_t there = bytes_of(folder, "last.safetensors") +
                           bytes_of(folder, "best.safetensors") +
                           bytes_of(folder, "resume.safetensors");
    const uint64_t needed = PICTURES_AND_TABLES + (bytes > there ? bytes - there : 0);
    if (free_bytes >= needed) return true;
    error_set(error, "%s: the disk has %.1f MB free; the run writes up to %.1f MB", folder->path,
              (double)free_bytes / 1e6, (double)needed / 1e6);
    if (folder->is_new) rmdir(folder->path);
    return false;
}

/* ---- The table ---- */

/* The table so far; an empty one with these columns if there is no file yet. */
static bool read_table(const char *path, int columns, const char *const *names, Csv *table,
                       Error *error) {
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *table = csv_new(columns, names);
        return true;
    }
    if (!csv_read(path, table, error)) return false;
    bool same = table->columns == columns;
    if (!same)
        error_set(error, "%s: the table has %d columns, expected %d", path, table->columns,
                  columns);
    for (int i = 0; same && i < columns; i++) {
        same = strcmp(table->names[i], names[i]) == 0;
        if (!same)
            error_set(error, "%s: column %d is %s, expected %s", path, i + 1, table->names[i],
                      names[i]);
    }
    if (!same) csv_free(table);
    return same;
}

bool run_folder_append(const RunFolder *folder, int columns, const char *const *names,
                       const double *values, Error *error) {
    char path[RUN_PATH_MAX];
    Csv table;
    run_folder_file(folder, "metrics.csv", path);
    if (!read_table(path, columns, names, &table, error)) return false;
    csv_add_row(&table, values);
    const bool good = csv_write(path, &table, error);
    csv_free(&table);
    return good;
}

bool run_folder_rewind(const RunFolder *folder, double last, Error *error) {
    char path[RUN_PATH_MAX];
    Csv table;
    if (!has_file(folder, "metrics.csv")) return true;
    if (!csv_read(run_folder_file(folder, "metrics.csv", path), &table, error)) return false;
    int kept = 0;
    for (int row = 0; row < table.rows; row++) {
        const double *cells = table.cells + (size_t)row * (size_t)table.columns;
        if (!(cells[0] <= last)) continue;
        memmove(table.cells + (size_t)kept++ * (size_t)table.columns, cells,
                (size_t)table.columns * sizeof *cells);
    }
    const bool changed = kept != table.rows;
    table.rows = kept;
    const bool good = !changed || csv_write(path, &table, error);
    csv_free(&table);
    return good;
}
