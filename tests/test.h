/* test.h - the test harness.
 *
 * A test is `TEST(name) { ... }` in any tests/test_*.c; it registers itself. It fails when a CHECK
 * in it fails (the rest of the test still runs). Write CHECK(error <= tolerance), which fails for
 * NaN, never CHECK(!(error > tolerance)). A test that walks a table counts each row as a case of
 * its own with test_case().
 * TEST_LAST(name) checks the results of the others: it runs after them, and never alone.
 * TEST_ROWS(name, has_row) walks a table; if words on the command line name rows, it walks only
 * those.
 * Loops of the CPU's kernels run in several threads, however short they are (tensor/parallel.h).
 * Every test file is built twice, with float and with double, unless its name says otherwise:
 * test_X_float.c and test_X_double.c are built once. test_gpu_X.c is built only if the program is
 * linked with a GPU.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <stdbool.h>

typedef struct Test {
    const char *name, *file;
    void (*run)(void);
    bool last;                         /* it checks the results of the others */
    bool (*has_row)(const char *name); /* of a test that walks a table; else NULL */
    struct Test *next;
} Test;

void test_register(Test *test);

/* Record a failed check of the running test or case. */
void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Begin a case inside the running test: it is counted, and named in a failure. */
void test_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether run(context), in a process of its own, prints `text` on standard error and then ends by a
 * signal, or with status 1 as AddressSanitizer does. If not, the test fails and shows the output.
 * (A real GPU cannot be used after a fork.)
 */
bool test_stops(const char *file, int line, void (*run)(const void *context), const void *context,
                const char *text);
#define CHECK_STOPS(run, context, text) test_stops(__FILE__, __LINE__, run, context, text)

/* A new temporary folder, removed when the tests end. */
const char *test_folder(void);

/* Whether the running test walks this row of its table: false if the words on the command line name
 * other rows, and no word is part of the test's own name. */
bool test_wants_row(const char *name);

#define TEST(name) TEST_OF(name, false, 0)
#define TEST_LAST(name) TEST_OF(name, true, 0)
#define TEST_ROWS(name, has_row) TEST_OF(name, false, has_row)
#define TEST_OF(name, last, has_row)                                           \
    static void test_##name(void);                                             \
    __attribute__((constructor)) static void register_##name(void) {           \
        static Test test = { #name, __FILE__, test_##name, last, has_row, 0 }; \
        test_register(&test);                                                  \
    }                                                                          \
    static void test_##name(void)

#define CHECK(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "%s", #condition))

/* The larger of two differences; NaN counts as infinite, and persists. */
static inline double test_worse(double worst, double off) {
    return off <= worst ? worst : off > worst ? off : __builtin_inf();
}

/* |a - b| <= tolerance * max(1, |b|), in double; NaN fails. */
#define CHECK_NEAR(a, b, tolerance) test_near(__FILE__, __LINE__, #a, a, b, tolerance)
bool test_near(const char *file, int line, const char *what, double a, double b, double tolerance);

#endif
