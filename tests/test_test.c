/* The harness itself. */
#include "tests/test.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(worse_keeps_what_is_no_number) {
    const double nan = __builtin_nan("");
    CHECK(test_worse(1, 2) == 2 && test_worse(2, 1) == 2);
    CHECK(test_worse(test_worse(0, nan), 1) > 1e300 && test_worse(test_worse(0, 1), nan) > 1e300);
}

/* The exit status of this program with such arguments, its output unseen; -1 when it died. */
static int status_with(const char *filter, const char *second) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(9);
        execl("/proc/self/exe", "tests", filter, second, (char *)NULL);
        _exit(9);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

TEST(a_filter_that_matches_no_test_fails) {
    CHECK(status_with("worse_keeps_what_is_no_number", NULL) == 0);
    CHECK(status_with("worse_keeps_what_nobody_wrote", NULL) == 1);
}

TEST(a_word_names_a_test_or_a_row_of_its_table) {
    CHECK(status_with("--has", "worse_keeps") == 0 && status_with("--has", "nobody_wrote") == 1);
    CHECK(status_with("--has", "stop_gradient") == 0 && status_with("--has", "stop_gradien_") == 1);
}
