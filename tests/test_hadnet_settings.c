/* The settings of a run: epochs and their shares, the learning rate, refusals. */
#include "hadnet/training/settings.h"
#include "tests/test.h"

#include <string.h>

static void check_epochs(int epochs, const char *shares, int first, int second) {
    Settings settings = settings_default();
    Error error = { "" };
    settings.epochs = epochs;
    settings.stage_shares = shares;
    test_case("%d epochs, %s", epochs, shares);
    CHECK(settings_check(&settings, &error));
    CHECK(settings_stage_epochs(&settings, 1) == first);
    CHECK(settings_stage_epochs(&settings, 2) == 0);
    CHECK(settings_stage_epochs(&settings, 3) == second);
    CHECK(first + second == settings_epochs(&settings));
}

TEST(settings_share_the_epochs_out) {
    check_epochs(0, "1:1", 12, 12);
    check_epochs(2, "1:1", 1, 1);
    check_epochs(7, "1:1", 4, 3);
    check_epochs(10, "4:1", 8, 2);
    check_epochs(2, "1000:1", 1, 1);
    check_epochs(2, "1:1000", 1, 1);
    check_epochs(5, "1:0", 5, 0);
    check_epochs(5, "0:3", 0, 5);
    check_epochs(1, "1:0", 1, 0);
    check_epochs(1000000, "1000:999", 500250, 499750);
}

static void check_refused(Settings settings, const char *text) {
    Error error = { "" };
    test_case("%s", text);
    CHECK(!settings_check(&settings, &error));
    CHECK(strstr(error.text, text));
}

TEST(settings_that_mean_nothing_are_refused) {
    static const char *const shares[] = { "",     "1",     "1:",     ":1",     "0:0",
                                          "-1:2", "1:2:3", "1: 2",   "1:1001", "a:b",
                                          "1:2x", "+1:1",  "00001:1" };
    Settings settings = settings_default();
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        settings.stage_shares = shares[i];
        check_refused(settings, "--stage-shares");
    }
    settings = settings_default();
    settings.epochs = 1;
    check_refused(settings, "--epochs 1 is of the whole run and leaves none to stage 3");
    settings = settings_default();
    settings.weight_decay = 0.01;
    check_refused(settings, "--weight-decay 0.01 needs --optimiser adamw");
}

TEST(settings_learning_rate_follows_the_schedule) {
    Settings settings = settings_default();
    CHECK_NEAR(settings_learning_rate(&settings, 0, 100), 1e-3 / 20, 1e-12);
    CHECK_NEAR(settings_learning_rate(&settings, 50, 100), 1e-3, 1e-12);
    CHECK_NEAR(settings_learning_rate(&settings, 70, 100), 1e-4, 1e-12);
    CHECK_NEAR(settings_learning_rate(&settings, 99, 100), 1e-5, 1e-12);
    settings.schedule = SCHEDULE_COSINE;
    settings.warm_up = 4;
    CHECK_NEAR(settings_learning_rate(&settings, 0, 100), 1e-3 / 4, 1e-12);
    CHECK_NEAR(settings_learning_rate(&settings, 50, 100), 0.505e-3, 1e-12);
    settings.schedule = SCHEDULE_ONE_CYCLE;
    settings.rise = 0.5;
    CHECK_NEAR(settings_learning_rate(&settings, 0, 100), 1e-3 / 25, 1e-12);
    CHECK_NEAR(settings_learning_rate(&settings, 49, 100), 1e-3, 1e-12);
    CHECK_NEAR(settings_learning_rate(&settings, 99, 100), 1e-3 / 25e4, 1e-12);
}
