/* test_nn_schedule.c - the learning rate at the ends and in the middle of a schedule. */
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

/* The values of torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=11, pct_start=.4). */
TEST(nn_schedule_one_cycle) {
    const double expected[] = { 0.04, 0.230735374537957, 0.6513582352346, 0.967586670114091, 0.979746567821302, 0.861867571584459, 0.663535327522784, 0.428844865493034, 0.20997470532822, 0.0555860533434356, 4e-06 };
    for (int step = 0; step < 11; step++)
        CHECK_NEAR(schedule_one_cycle(1, 0.4, 11, step), expected[step], 1e-12);
    CHECK_NEAR(schedule_one_cycle(2, 0.4, 11, 5), 2 * expected[5], 1e-12);
    CHECK_NEAR(schedule_one_cycle(1, 0.4, 11, 1000), 4e-6, 1e-15);
    CHECK_NEAR(schedule_one_cycle(1, 0, 11, 0), 1, 1e-15); /* no rise: a cosine from the top */
    CHECK_NEAR(schedule_one_cycle(1, 0.3, 0, 0), 4e-6, 1e-15); /* a run of no steps */
}

TEST(nn_schedule_warm_up) {
    CHECK_NEAR(schedule_warm_up(4, 0), 0.25, 1e-15);
    CHECK_NEAR(schedule_warm_up(4, 2), 0.75, 1e-15);
    CHECK(schedule_warm_up(4, 3) == 1 && schedule_warm_up(4, 400) == 1);
    CHECK(schedule_warm_up(0, 0) == 1); /* no warm-up */
}
