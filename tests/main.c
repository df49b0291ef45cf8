/* main.c - runs the registered tests: all, or those whose names contain an argument or whose file it
 * names (test_graph, tests/test_graph.c); and of tables the rows that an argument names. An argument
 * that names nothing fails, as a test may have been renamed. `--has WORD` runs nothing, and its exit
 * status says whether WORD names any. */
#include "tensor/parallel.h"
#include "tests/test.h"

#include <dirent.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static Test *tests;
static char case_name[256], folder[64];
static bool case_open, case_failed, case_has_rows;
static int passed, failed;

void test_register(Test *test) {
    Test **place = &tests; /* sorted: constructors run in an unspecified order */
    while (*place && ((*place)->last < test->last ||
                      ((*place)->last == test->last && strcmp((*place)->name, test->name) < 0)))
        place = &(*place)->next;
    test->next = *place;
    *place = test;
}

static void close_case(void) {
    if (case_open) case_failed ? failed++ : passed++;
    case_open = false;
}

static void open_case(const char *name) {
    close_case();
    case_open = true;
    case_failed = case_has_rows = false;
    snprintf(case_name, sizeof case_name, "%s", name);
}

void test_case(const char *format, ...) {
    char name[sizeof case_name];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    /* A test that walks a table is counted by its rows: the part before the first row is a case
     * only if it failed. */
    if (!case_has_rows && !case_failed) case_open = false;
    open_case(name);
    case_has_rows = true;
}

void test_fail(const char *file, int line, const char *format, ...) {
    case_failed = true;
    printf("FAILED %s (%s:%d): ", case_name, file, line);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

bool test_near(const char *file, int line, const char *what, double a, double b, double tolerance) {
    const double size = fabs(b) > 1 ? fabs(b) : 1;
    if (fabs(a - b) <= tolerance * size) return true;
    test_fail(file, line, "%s is %.17g, expected %.17g within %g", what, a, b, tolerance);
    return false;
}

/* The output of a child process to `from`, until it ends. */
static void read_all(int from, char *text, size_t room) {
    size_t used = 0;
    for (ssize_t got = 1; got > 0 && used + 1 < room; used += got > 0 ? (size_t)got : 0)
        got = read(from, text + used, room - 1 - used);
    text[used] = 0;
}

bool test_stops(const char *file, int line, void (*run)(const void *context), const void *context,
                const char *text) {
    char said[4096];
    int ends[2], status = 0;
    if (pipe(ends) != 0) abort();
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        close(ends[0]);
        signal(SIGABRT, SIG_DFL);
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        omp_set_num_threads(1); /* fork copies only this thread */
        run(context);
        _exit(0);
    }
    close(ends[1]);
    read_all(ends[0], said, sizeof said);
    close(ends[0]);
    const bool ended = waitpid(child, &status, 0) == child;
    /* AddressSanitizer exits instead. */
    const bool stopped = ended && (WIFSIGNALED(status) || WEXITSTATUS(status) == 1);
    if (stopped && strstr(said, text)) return true;
    test_fail(file, line, "expected to stop and say '%s'; %s and said: %s", text,
              stopped ? "stopped" : "went on", said);
    return false;
}

static void remove_tree(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) return;
    if (S_ISDIR(status.st_mode)) {
        DIR *directory = opendir(path);
        for (struct dirent *entry; directory && (entry = readdir(directory));) {
            char child[4096];
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            if (snprintf(child, sizeof child, "%s/%s", path, entry->d_name) < (int)sizeof child)
                remove_tree(child);
        }
        if (directory) closedir(directory);
    }
    remove(path);
}

const char *test_folder(void) {
    static int count;
    static char path[96];
    if (!folder[0]) {
        strcpy(folder, "/tmp/hadnet_test_XXXXXX");
        if (!mkdtemp(folder)) abort();
    }
    snprintf(path, sizeof path, "%s/%d", folder, count++);
    if (mkdir(path, 0777) != 0) abort();
    return path;
}

/* The words on the command line, and the running test. */
static char **words;
static int word_count;
static const Test *running;

/* Whether a word that begins with test_ or tests/ is part of the file's path. */
static bool is_file(const char *word, const char *file) {
    return (!strncmp(word, "test_", 5) || !strncmp(word, "tests/", 6)) && strstr(file, word);
}

/* Whether the name contains the word, or the word names the file. A word names a last test only
 * together with one of the tests that it checks. */
static bool named_by(const Test *test, const char *word) {
    if (!strstr(test->name, word) && !is_file(word, test->file)) return false;
    if (!test->last) return true;
    for (const Test *other = tests; other && !other->last; other = other->next)
        if (named_by(other, word)) return true;
    return false;
}

static bool named_by_words(const Test *test) {
    for (int i = 0; i < word_count; i++)
        if (named_by(test, words[i])) return true;
    return false;
}

bool test_wants_row(const char *name) {
    if (word_count == 0 || named_by_words(running)) return true;
    for (int i = 0; i < word_count; i++)
        if (!strcmp(name, words[i])) return true;
    return false;
}

static bool wants(const Test *test) {
    if (word_count == 0 || named_by_words(test)) return true;
    for (int i = 0; i < word_count; i++)
        if (test->has_row && test->has_row(words[i])) return true;
    return false;
}

static bool names_any(const char *word) {
    for (const Test *test = tests; test; test = test->next)
        if (named_by(test, word) || (test->has_row && test->has_row(word))) return true;
    return false;
}

/* Make waiting threads yield the core, as tensor/threads.c does for programs. OpenMP's runtime
 * reads its environment before main. */
static void wait_politely(char **argv) {
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT") || getenv("KMP_BLOCKTIME")) return;
    setenv("GOMP_SPINCOUNT", "10000", 1);
    setenv("KMP_BLOCKTIME", "0", 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
    wait_politely(argv);
    setvbuf(stdout, NULL, _IOLBF, 0);
    parallel_always(true); /* tests are small: otherwise no loop would use several threads */
    if (argc == 3 && !strcmp(argv[1], "--has")) return names_any(argv[2]) ? 0 : 1;
    words = argv + 1;
    word_count = argc - 1;
    for (int i = 0; i < word_count; i++) {
        if (names_any(words[i])) continue;
        printf("FAILED: no test or test file is named '%s'\n", words[i]);
        failed++;
    }
    for (Test *test = tests; test; test = test->next) {
        if (!wants(test)) continue;
        running = test;
        open_case(test->name);
        test->run();
    }
    close_case();
    if (folder[0]) remove_tree(folder);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
