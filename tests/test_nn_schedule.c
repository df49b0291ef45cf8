#include "nn/schedule.h"
#include "tests/test.h"

#include <math.h>

TEST(nn_schedule_step_decay) {
    const double expected[] = { 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025 };
    for (int step = 0; step < 7; step++)
        CHECK_NEAR(schedule_step_decay(0.1, 0.5, 3, step), expected[step], 1e-15);
    CHECK(schedule_step_decay(0.1, 0.5, 0, 100) == 0.1); /* no period: no decay */
}

TEST(nn_schedule_cosine) {
    CHECK_NEAR(schedule_cosine(2, 1, 6, 0), 2, 1e-15);
    CHECK_NEAR(schedule_cosine(2, 1, 6, 1), 1.5 + sqrt(3) / 4, 1e-15);
    CHECK_NEAR(schedule_cosine(2, 1, 6, 2), 1.75, 1e-15);
    CHECK_NEAR(schedule_cosine(2, 1, 6, 3), 1.5, 1e-15);
    CHECK_NEAR(schedule_cosine(2, 1, 6, 4), 1.25, 1e-15);
    CHECK(schedule_cosine(2, 1, 6, 6) == 1 && schedule_cosine(2, 1, 6, 1000) == 1);
    CHECK(schedule_cosine(2, 1, 0, 0) == 1); /* a run of no steps */
}

TEST(nn_schedule_warm_up) {
    CHECK_NEAR(schedule_warm_up(4, 0), 0.25, 1e-15);
    CHECK_NEAR(schedule_warm_up(4, 2), 0.75, 1e-15);
    CHECK(schedule_warm_up(4, 3) == 1 && schedule_warm_up(4, 400) == 1);
    CHECK(schedule_warm_up(0, 0) == 1); /* no warm-up */
}
