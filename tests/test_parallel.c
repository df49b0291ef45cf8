/* In the tests any loop runs in several threads; in programs it must be worth it. */
#include "tensor/parallel.h"
#include "tests/test.h"

TEST(parallel_loops_are_taken_by_several_threads_in_tests) {
    CHECK(parallel_pays(1) && parallel_pays_from(1, 1000000));
    CHECK(!parallel_pays(0) && !parallel_pays_from(0, 9));
}

TEST(parallel_loops_of_programs_must_be_worth_it) {
    parallel_always(false);
    CHECK(!parallel_pays(16383) && parallel_pays(16384));
    CHECK(!parallel_pays_from(8, 9) && parallel_pays_from(9, 9));
    parallel_always(true);
}
