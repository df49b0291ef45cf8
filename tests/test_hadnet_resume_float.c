/* A resumed run: every number of the state in its range, finite weights, data and settings that
 * still give the same steps; and pretrained weights that fit. */
#include "hadnet/model/network_file.h"
#include "hadnet/training/resume.h"
#include "nn/weights.h"
#include "tests/leftovers.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char *const names[] = { "background", "scratch", "dent", "stain" };

static Network *small_network(int classes) {
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.1,
                                     .ard = ARD_RANK,
                                     .classes = classes,
                                     .seed = 3 };
    return network_create(&options, device_cpu(), NULL);
}

static const char *path_in_new_folder(void) {
    static char path[128];
    snprintf(path, sizeof path, "%s/f.safetensors", test_folder());
    return path;
}

static const TrainingState usual = { .stage = 3,
                                     .epoch = 2,
                                     .step = 5,
                                     .steps = 9,
                                     .loss_sum = 0.1,
                                     .seconds = 1.5,
                                     .best = -1,
                                     .best_epoch = 4 };

/* The usual state in a file, but for one line of the metadata; NULL leaves it out. */
static void write_state(const char *path, const Network *network, const char *key,
                        const char *value) {
    static const char *const lines[][2] = {
        { "resume.stage", "3" },
        { "resume.epoch", "2" },
        { "resume.step", "5" },
        { "resume.steps", "9" },
        { "resume.loss_sum", "0.1" },
        { "resume.seconds", "1.5" },
        { "resume.best", "-1" },
        { "resume.best_epoch", "4" },
        { "resume.optimiser_step", "23" },
        { "resume.term_sum.0", "1" },
        { "resume.term_sum.1", "2" },
        { "resume.term_sum.2", "3" },
        { "resume.term_sum.3", "4" },
        { "resume.term_sum.4", "5" },
        { "resume.term_sum.5", "6" },
        { "resume.term_sum.6", "7" },
        { "resume.term_sum.7", "8" },
    };
    const ModelCard card = { .size = 64,
                             .normalisation = normalisation_default(),
                             .class_names = (char **)names,
                             .classes = 3 };
    Metadata metadata = { 0 };
    model_card_write(&card, network, &metadata);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *text = strcmp(lines[i][0], key) != 0 ? lines[i][1] : value;
        if (text) metadata_set(&metadata, lines[i][0], text);
    }
    /* The state stands in the metadata; one tensor is enough of a file. */
    ParameterSet none = { .device = device_cpu(), .items = network->parameters->items, .count = 1 };
    CHECK(weights_save(&none, path, &metadata, NULL));
    metadata_release(&metadata);
}

static bool opens(const char *path, TrainingState *state, Error *error) {
    ModelCard card;
    Network *network = resume_open(path, device_cpu(), &card, state, error);
    if (!network) return false;
    model_card_free(&card);
    network_destroy(network);
    return true;
}

TEST(resume_state_outside_its_range_is_refused) {
    static const char *const bad[][2] = {
        { "resume.stage", "-1" },
        { "resume.stage", "0" },
        { "resume.stage", "5" },
        { "resume.stage", "1.5" },
        { "resume.stage", "" },
        { "resume.stage", NULL },
        { "resume.epoch", "-1" },
        { "resume.epoch", "1e300" },
        { "resume.epoch", "nan" },
        { "resume.epoch", "0.5" },
        { "resume.step", "-1" },
        { "resume.step", "4611686018427387904" },
        { "resume.step", "2147483648" },
        { "resume.step", "inf" },
        { "resume.step", "5 6" },
        { "resume.steps", "-9" },
        { "resume.steps", NULL },
        { "resume.term_sum.3", "nan" },
        { "resume.term_sum.5", NULL },
        { "resume.loss_sum", "nan" },
        { "resume.loss_sum", "-inf" },
        { "resume.seconds", "-1" },
        { "resume.best", "1.5" },
        { "resume.best", "nan" },
        { "resume.best_epoch", "-1" },
        { "resume.best_epoch", "1e18" },
        { "resume.optimiser_step", "-1" },
        { "resume.optimiser_step", "1e19" },
        { "resume.optimiser_step", NULL },
    };
    Network *network = small_network(3);
    const char *path = path_in_new_folder();
    TrainingState state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error error = { "" };
        test_case("a state whose %s is %s is refused", bad[i][0],
                  bad[i][1] ? bad[i][1] : "missing");
        write_state(path, network, bad[i][0], bad[i][1]);
        CHECK(!opens(path, &state, &error) && strstr(error.text, path));
        CHECK(strstr(error.text, bad[i][0]));
    }
    static const char *const without_epochs[] = { "2", "4" };
    for (int i = 0; i < 2; i++) {
        Error error = { "" };
        test_case("a state in the middle of stage %s is refused", without_epochs[i]);
        write_state(path, network, "resume.stage", without_epochs[i]);
        CHECK(!opens(path, &state, &error) && strstr(error.text, "which has no epochs"));
    }
    test_case("the usual state opens");
    write_state(path, network, "", NULL);
    CHECK(opens(path, &state, NULL) && state.stage == 3 && state.epoch == 2 && state.step == 5);
    CHECK(state.steps == 9 && state.loss_sum == 0.1 && state.seconds == 1.5);
    CHECK(state.best == -1 && state.best_epoch == 4);
    for (int i = 0; i < LOSS_TERMS_MAX; i++) CHECK(state.term_sums[i] == i + 1);
    network_destroy(network);
}

TEST(resume_says_why_a_run_cannot_go_on) {
    Error error = { "" };
    TrainingState state = usual;
    CHECK(resume_fits("f", &state, 3, 9, &error) && resume_fits("f", &state, 2, 9, &error));
    CHECK(!resume_fits("f", &state, 1, 9, &error) && strstr(error.text, "saved after 2 epochs"));
    CHECK(!resume_fits("f", &state, 3, 8, &error));
    CHECK(strstr(error.text, "a run of 9 steps per epoch") && strstr(error.text, "now make 8"));
    state.steps = 0; /* of a stage that has not begun */
    CHECK(resume_fits("f", &state, 3, 5, &error));
    CHECK(!resume_fits("f", &state, 3, 4, &error) && strstr(error.text, "saved at step 5"));
}

static off_t size_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : -1;
}

TEST(resume_and_weights_that_could_not_be_read_are_not_written) {
    Network *network = small_network(3);
    ModelCard card = model_card_create(64, names, 3);
    const char *path = path_in_new_folder();
    Error error = { "" };
    TrainingState state = usual;
    state.loss_sum = NAN;
    CHECK(!resume_save(path, network, &card, NULL, NULL, &state, &error));
    CHECK(strstr(error.text, "resume.loss_sum is nan") && size_of(path) < 0);
    CHECK(resume_save(path, network, &card, NULL, NULL, &usual, &error));
    Parameter *last = network->parameters->items[network->parameters->count - 1];
    const off_t size = size_of(path);
    const real damage[] = { (real)NAN, (real)INFINITY };
    for (int i = 0; i < 2; i++) {
        last->value.data[0] = damage[i];
        CHECK(!network_save(network, &card, path, &error) && strstr(error.text, last->name));
        CHECK(!resume_save(path, network, &card, NULL, NULL, &usual, &error));
        CHECK(strstr(error.text, "expected finite numbers"));
    }
    CHECK(size_of(path) == size && leftovers_beside(path) == 0);
    /* Written by something else, it is refused as well. */
    Metadata metadata = { 0 };
    metadata_set(&metadata, "resume.optimiser_step", "0");
    CHECK(weights_save(network->parameters, path, &metadata, NULL));
    CHECK(!resume_load(path, network, NULL, NULL, &error) && strstr(error.text, "finite"));
    metadata_release(&metadata);
    model_card_free(&card);
    network_destroy(network);
}

TEST(resume_bytes_of_a_run_are_those_of_its_files) {
    Network *network = small_network(3);
    ModelCard card = model_card_create(64, names, 3);
    const char *path = path_in_new_folder();
    CHECK(network_save(network, &card, path, NULL));
    const double all = (double)size_of(path), bytes = (double)resume_bytes_of_run(network, false);
    /* Two weight files, two states, and in each state two moments of what a stage trains. */
    CHECK(bytes > 4 * all && bytes < 8 * all);
    CHECK((double)resume_bytes_of_run(network, true) > bytes + 1.9 * all);
    model_card_free(&card);
    network_destroy(network);
}

/* ---- Weights to start from ---- */

static bool load(const char *path, int classes, bool partial, int *loaded, Error *error) {
    Network *network = small_network(classes);
    *loaded = 0;
    const bool good = network_load_pretrained(network, path, partial, loaded, error);
    network_destroy(network);
    return good;
}

/* A file of another program: the backbone's first tensors, without the prefix, and one more. */
static void write_backbone(const char *path, const Network *network, int count) {
    static const char prefix[] = "backbone.";
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    for (int i = 0, found = 0; i < network->parameters->count && found < count; i++) {
        const Parameter *parameter = network->parameters->items[i];
        if (strncmp(parameter->name, prefix, strlen(prefix)) != 0) continue;
        parameter_add(set, parameter->name + strlen(prefix), PARAMETER_WEIGHT,
                      parameter->value.shape);
        found++;
    }
    parameter_add(set, "classifier.weight", PARAMETER_WEIGHT, shape_2(3, 4));
    CHECK(weights_save(set, path, NULL, NULL));
    parameter_set_destroy(set);
}

TEST(pretrained_weights_fit_or_are_refused) {
    Network *network = small_network(3);
    ModelCard card = model_card_create(64, names, 3);
    const char *path = path_in_new_folder();
    Error error = { "" };
    int loaded, backbone = 0;
    for (int i = 0; i < network->parameters->count; i++)
        backbone += !strncmp(network->parameters->items[i]->name, "backbone.", 9);

    test_case("a whole backbone fits, whatever else the file holds");
    write_backbone(path, network, backbone);
    CHECK(load(path, 3, false, &loaded, &error) && loaded == backbone);

    test_case("one tensor of a backbone is refused, and the first that are missing are named");
    write_backbone(path, network, 1);
    CHECK(!load(path, 3, false, &loaded, &error));
    char expected[80];
    snprintf(expected, sizeof expected, "%d parameters missing, ", backbone - 1);
    const char *first = strstr(error.text, expected);
    CHECK(first && (first = strstr(first + 1, "; missing: ")) && strstr(first + 1, "; missing: "));
    CHECK(strstr(error.text, "--pretrained-partial"));

    test_case("... unless a part is asked for");
    CHECK(load(path, 3, true, &loaded, &error) && loaded == 1);

    test_case("of a file without one, not even a part fits");
    write_backbone(path, network, 0);
    CHECK(!load(path, 3, false, &loaded, &error) && !load(path, 3, true, &loaded, &error));
    CHECK(strstr(error.text, "no tensor fits the compact backbone"));

    test_case("weights of its own fit whole");
    CHECK(network_save(network, &card, path, NULL) && load(path, 3, false, &loaded, &error));
    CHECK(loaded == network->parameters->count);

    test_case("... those for other classes only in part");
    CHECK(!load(path, 4, false, &loaded, &error) && strstr(error.text, "mismatched"));
    CHECK(load(path, 4, true, &loaded, &error) && loaded > 0);

    test_case("... and never with a number that is none");
    Metadata metadata = { 0 };
    model_card_write(&card, network, &metadata);
    network->parameters->items[7]->value.data[0] = (real)NAN;
    CHECK(weights_save(network->parameters, path, &metadata, NULL));
    CHECK(!load(path, 3, false, &loaded, &error) && !load(path, 3, true, &loaded, &error));
    CHECK(strstr(error.text, network->parameters->items[7]->name) &&
          strstr(error.text, "expected finite numbers"));
    metadata_release(&metadata);
    model_card_free(&card);
    network_destroy(network);
}
