/* The settings of a run: epochs and their shares, the learning rate, refusals. */
#include "hadnet/training/recipe.h"
#include "hadnet/training/settings.h"
#include "tests/test.h"

#include <stdio.h>
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

/* The settings of a command line, after its recipe. */
static Settings settings_of(const char *line) {
    static char text[256];
    char *words[32] = { "hadnet_train" };
    int count = 1;
    Settings settings = settings_default();
    Option table[SETTINGS_OPTIONS_MAX];
    Options options = { .program = "hadnet_train", .table = table };
    Error error = { "" };
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) words[count++] = word;
    options.count = settings_options(&settings, table);
    test_case("%s", line);
    CHECK(options_parse(&options, count, words, &error) == OPTIONS_READY);
    recipe_apply(&settings, &options);
    CHECK(settings_check(&settings, &error));
    options_free(&options);
    return settings;
}

TEST(settings_recipes) {
    const Settings neu = settings_of("--dataset neu-seg --data d");
    CHECK(neu.optimiser == OPTIMISER_ADAMW && neu.decoder == DECODER_TOP_DOWN);
    CHECK(neu.class_weight_power == 0 && neu.size == 256 && neu.repeat_rare == 0);
    CHECK(settings_stage_epochs(&neu, 1) == 125 && settings_stage_epochs(&neu, 3) == 25);
    const Settings mt = settings_of("--dataset mt-defect --data d");
    CHECK(mt.optimiser == OPTIMISER_ADAMW && mt.size == 320 && mt.class_weight_power == 0.25);
    const Settings own = settings_of("--dataset folder --data d");
    CHECK(own.optimiser == OPTIMISER_ADAMW && own.size == 256 && own.repeat_rare == 0.1);
}

TEST(settings_recipes_leave_what_is_given) {
    const Settings given = settings_of("--dataset mt-defect --data d --size 256 --lr 0.1");
    CHECK(given.size == 256 && given.learning_rate == 0.1 && given.scale == 0.3);
    const Settings adam = settings_of("--dataset neu-seg --data d --optimiser adam");
    CHECK(adam.optimiser == OPTIMISER_ADAM && adam.weight_decay == 0);
    static const char *const others[] = { "--dataset neu-seg --data d --recipe paper",
                                          "--dataset neu-seg --data d --config wrn50",
                                          "--dataset synth",
                                          "--dataset neu-seg --data d --resume run" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const Settings paper = settings_of(others[i]);
        CHECK(paper.optimiser == OPTIMISER_ADAM && paper.decoder == DECODER_SUM);
        CHECK(paper.class_weight_power == 0.5 && paper.learning_rate == 1e-3);
    }
}
