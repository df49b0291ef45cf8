/* The harness itself. */
#include "tests/test.h"

TEST(worse_keeps_what_is_no_number) {
    const double nan = __builtin_nan("");
    CHECK(test_worse(1, 2) == 2 && test_worse(2, 1) == 2);
    CHECK(test_worse(test_worse(0, nan), 1) > 1e300 && test_worse(test_worse(0, 1), nan) > 1e300);
}
