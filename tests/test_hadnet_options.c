/* test_hadnet_options.c - options from the command line and from settings files. */
#include "hadnet/command_line/options.h"

#include "hadnet/command_line/options_help.h"
#include "tests/leftovers.h"
#include "tests/test.h"

#include <string.h>
#include <unistd.h>

static const char *const spaces[] = { "hyperbolic", "euclidean", NULL };

typedef struct Values {
    const char *data, *out;
    int space, epochs;
    double curvature, jitter;
    bool no_ard;
    Option table[7];
    Options options;
} Values;

static void prepare(Values *v) {
    *v = (Values){ .epochs = 150, .curvature = 0.01, .jitter = 0.25 };
    v->table[0] = option_text("data", "DIR", "folder of the dataset", &v->data);
    v->table[1] = option_choice("space", spaces, "geometry of it", &v->space);
    v->table[2] = option_integer("epochs", "N", "passes", &v->epochs, 1, 1000);
    v->table[3] = option_positive("curvature", "C", "of the ball", &v->curvature);
    v->table[4] = option_real("jitter", "P", "probability", &v->jitter, 0, 1);
    v->table[5] = option_flag("no-ard", "no ARD", &v->no_ard);
    v->table[6] = option_text("out", "DIR", "folder of the run", &v->out);
    for (int i = 0; i < 6; i++)
        if (i != 2) v->table[i] = option_scope(OPTION_FIXED, v->table[i]);
    v->table[6] = option_scope(OPTION_OUTSIDE, v->table[6]);
    v->options =
        (Options){ .program = "program", .purpose = "Does it.", .table = v->table, .count = 7 };
}

/* Parse words separated by '|'; the Values keep pointers into `words`. */
static OptionsStatus parse(Values *v, char *words, Error *error) {
    char *argv[32] = { "program" };
    int argc = 1;
    for (char *word = strtok(words, "|"); word; word = strtok(NULL, "|")) argv[argc++] = word;
    return options_parse(&v->options, argc, argv, error);
}

TEST(options_set_their_targets) {
    Values v;
    Error error = { "" };
    char words[] = "--data=a=b|--space|euclidean|--epochs|7|--curvature=1e-3|--jitter|0|--no-ard";
    prepare(&v);
    CHECK(parse(&v, words, &error) == OPTIONS_READY);
    CHECK(!strcmp(v.data, "a=b") && v.space == 1 && v.epochs == 7 && v.no_ard);
    CHECK(v.curvature == 1e-3 && v.jitter == 0 && !v.out);
    CHECK(options_source(&v.options, "epochs") == OPTION_GIVEN);
    CHECK(options_source(&v.options, "out") == OPTION_DEFAULT);
    options_free(&v.options);
}

TEST(options_take_the_ends_of_a_range) {
    const char *const cases[] = { "--epochs|1|--jitter|0", "--epochs|1000|--jitter|1" };
    for (int i = 0; i < 2; i++) {
        Values v;
        char words[64];
        strcpy(words, cases[i]);
        prepare(&v);
        CHECK(parse(&v, words, NULL) == OPTIONS_READY);
        CHECK(v.jitter == i && v.epochs == (i ? 1000 : 1));
        options_free(&v.options);
    }
}

TEST(options_keep_defaults) {
    Values v;
    char nothing[] = "";
    prepare(&v);
    CHECK(parse(&v, nothing, NULL) == OPTIONS_READY);
    CHECK(!v.data && v.space == 0 && v.epochs == 150 && v.curvature == 0.01 && !v.no_ard);
    options_free(&v.options);
}

TEST(options_refuse_with_one_line) {
    const char *const cases[][2] = {
        { "--epoch|3", "unknown option --epoch; did you mean --epochs?" },
        { "--curvatrue=3", "unknown option --curvatrue; did you mean --curvature?" },
        { "--xyzzy", "unknown option --xyzzy; --help lists the options" },
        { "--speedy", "unknown option --speedy; --help lists the options" },
        { "-e|3", "unknown option -e; --help lists the options" },
        { "-epochs|3", "unknown option -epochs; did you mean --epochs?" },
        { "--epochs", "--epochs needs a value: --epochs N" },
        { "--epochs|--no-ard", "--epochs needs a value: --epochs N; found --no-ard" },
        { "--epochs|three", "--epochs: 'three' is not a whole number" },
        { "--epochs|3.5", "--epochs: '3.5' is not a whole number" },
        { "--epochs=", "--epochs: '' is not a whole number" },
        { "--epochs| 3", "--epochs: ' 3' is not a whole number" },
        { "--epochs|0", "--epochs: 0 is out of range, expected 1 to 1000" },
        { "--epochs|1001", "--epochs: 1001 is out of range, expected 1 to 1000" },
        { "--epochs|99999999999999999999",
          "--epochs: 99999999999999999999 is out of range, expected 1 to 1000" },
        { "--curvature|0", "--curvature: 0 is out of range, expected a number above 0" },
        { "--curvature|-1", "--curvature: -1 is out of range, expected a number above 0" },
        { "--curvature|nan", "--curvature: 'nan' is not a finite number" },
        { "--curvature|inf", "--curvature: 'inf' is not a finite number" },
        { "--curvature|1e999", "--curvature: '1e999' is not a finite number" },
        { "--curvature|0.1x", "--curvature: '0.1x' is not a finite number" },
        { "--jitter|1.01", "--jitter: 1.01 is out of range, expected 0 to 1" },
        { "--space|flat", "--space: 'flat' is unknown, expected one of hyperbolic, euclidean" },
        { "--no-ard=yes", "--no-ard takes no value, found yes" },
        { "--epochs|3|--epochs=3", "--epochs is given twice" },
        { "--no-ard|--no-ard", "--no-ard is given twice" },
        { "photo.png", "unexpected argument 'photo.png'; options begin with --" },
        { "--data", "--data needs a value: --data DIR" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Values v;
        Error error = { "" };
        char words[128];
        test_case("options_refuse_with_one_line: %s", cases[i][0]);
        strcpy(words, cases[i][0]);
        prepare(&v);
        CHECK(parse(&v, words, &error) == OPTIONS_ERROR);
        if (strcmp(error.text, cases[i][1]) != 0) test_fail(__FILE__, __LINE__, "%s", error.text);
        options_free(&v.options);
    }
}

TEST(options_gather_operands) {
    Values v;
    char words[] = "a.png|--epochs|3|-|--|--data|b.png";
    prepare(&v);
    v.options.operands = "IMAGE...";
    CHECK(parse(&v, words, NULL) == OPTIONS_READY);
    CHECK(v.options.operand_count == 4 && v.epochs == 3 && !v.data);
    CHECK(!strcmp(v.options.operand[0], "a.png") && !strcmp(v.options.operand[1], "-"));
    CHECK(!strcmp(v.options.operand[2], "--data") && !strcmp(v.options.operand[3], "b.png"));
    options_free(&v.options);
}

TEST(options_help_is_an_aligned_table) {
    Values v;
    char text[4096];
    prepare(&v);
    v.options.operands = "IMAGE...";
    FILE *stream = tmpfile();
    options_print_help(&v.options, stream);
    rewind(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    CHECK(!strncmp(text, "Does it.\n\nusage: program [options] IMAGE...\n\n", 44));
    CHECK(strstr(text, "\n  --data DIR              folder of the dataset\n"));
    CHECK(strstr(text,
                 "\n  --space NAME            geometry of it: hyperbolic, euclidean (default\n"
                 "                          hyperbolic)\n"));
    CHECK(strstr(text, "\n  --epochs N              passes (default 150)\n"));
    CHECK(strstr(text, "\n  --no-ard                no ARD\n"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        CHECK(strlen(line) <= 80);
}

/* Write the settings of `words`, then read them when parsing `resumed`. */
static bool round_trip(Values *v, char *words, char *resumed, char path[256], Error *error) {
    Values first;
    prepare(&first);
    snprintf(path, 256, "%s/settings.txt", test_folder());
    CHECK(parse(&first, words, error) == OPTIONS_READY);
    CHECK(options_write(&first.options, path, error));
    options_free(&first.options);
    prepare(v);
    CHECK(parse(v, resumed, error) == OPTIONS_READY);
    return options_read(&v->options, path, error);
}

TEST(options_survive_the_settings_file) {
    Values v;
    Error error = { "" };
    char path[256], resumed[] = "--out|elsewhere|--epochs|9";
    char words[] = "--data= two  words = # |--space|euclidean|--curvature|0.1000000000000001|"
                   "--no-ard|--out|there|--epochs|8";
    CHECK(round_trip(&v, words, resumed, path, &error));
    CHECK(!strcmp(v.data, " two  words = # ") && v.space == 1 && v.no_ard);
    CHECK(v.curvature == 0.1000000000000001 && v.jitter == 0.25);
    CHECK(v.epochs == 9); /* free: the command line wins */
    CHECK(!strcmp(v.out, "elsewhere"));
    CHECK(options_source(&v.options, "data") == OPTION_FROM_FILE);
    CHECK(options_source(&v.options, "epochs") == OPTION_GIVEN);
    options_free(&v.options);
}

TEST(options_refuse_to_change_a_fixed_setting) {
    const char *const cases[][3] = {
        { "--curvature|0.5", "--curvature|0.05",
          "--curvature 0.05 differs from the run's 0.5 in %s, which must stay" },
        { "--space|euclidean", "--space|hyperbolic",
          "--space hyperbolic differs from the run's euclidean in %s, which must stay" },
        { "--epochs|3", "--no-ard",
          "--no-ard yes differs from the run's no in %s, which must stay" },
        { "--epochs|3", "--data|x", "--data x differs from the run, which has none in %s" },
        { "--data|x", "--data|x", NULL },
        { "--curvature|0.5", "--curvature|5e-1", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Values v;
        Error error = { "" };
        char words[64], resumed[64], path[256], expected[512];
        test_case("options_refuse_to_change_a_fixed_setting: %s", cases[i][1]);
        strcpy(words, cases[i][0]);
        strcpy(resumed, cases[i][1]);
        const bool good = round_trip(&v, words, resumed, path, &error);
        CHECK(good == !cases[i][2]);
        if (cases[i][2]) {
            const char *hole = strstr(cases[i][2], "%s");
            snprintf(expected, sizeof expected, "%.*s%s%s", (int)(hole - cases[i][2]), cases[i][2],
                     path, hole + 2);
            if (strcmp(error.text, expected)) test_fail(__FILE__, __LINE__, "%s", error.text);
        }
        options_free(&v.options);
    }
}

TEST(options_refuse_a_bad_settings_file) {
    const char *const cases[][2] = {
        { "epochs 3\n", "line 1: expected 'name = value', found 'epochs 3'" },
        { "# fine\n\nepochs = 0\n", "line 3: epochs: 0 is out of range, expected 1 to 1000" },
        { "epochs = 3\r\nspeed = 3\n", "line 2: unknown setting 'speed'" },
        { "out = x\n", "line 1: unknown setting 'out'" },
        { "epochs = 3\nepochs = 3\n", "line 2: epochs is given twice" },
        { "no-ard = maybe", "line 1: no-ard: 'maybe' is unknown, expected yes or no" },
        { "= 3", "line 1: unknown setting ''" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Values v;
        Error error = { "" };
        char path[256], nothing[] = "";
        test_case("options_refuse_a_bad_settings_file: %s", cases[i][1]);
        snprintf(path, sizeof path, "%s/settings.txt", test_folder());
        FILE *file = fopen(path, "w");
        fputs(cases[i][0], file);
        fclose(file);
        prepare(&v);
        CHECK(parse(&v, nothing, &error) == OPTIONS_READY);
        CHECK(!options_read(&v.options, path, &error));
        if (!strstr(error.text, cases[i][1])) test_fail(__FILE__, __LINE__, "%s", error.text);
        CHECK(!strncmp(error.text, path, strlen(path)));
        options_free(&v.options);
    }
}

TEST(options_file_errors) {
    Values v;
    Error error = { "" };
    char words[] = "--data|two\nlines", path[256];
    prepare(&v);
    CHECK(parse(&v, words, &error) == OPTIONS_READY);
    snprintf(path, sizeof path, "%s/settings.txt", test_folder());
    CHECK(!options_write(&v.options, path, &error));
    CHECK(strstr(error.text, "--data 'two?lines' has a control character"));
    CHECK(access(path, F_OK) != 0);
    CHECK(leftovers_beside(path) == 0);
    CHECK(!options_read(&v.options, path, &error));
    CHECK(strstr(error.text, "cannot open: No such file or directory"));
    CHECK(!options_read(&v.options, "/", &error));
    CHECK(!options_read(&v.options, "/dev/zero", &error));
    CHECK(strstr(error.text, "/dev/zero: not a regular file"));
    FILE *file = fopen(path, "w");
    fwrite("epochs\0 = 3", 1, 11, file);
    fclose(file);
    CHECK(!options_read(&v.options, path, &error));
    CHECK(strstr(error.text, "byte 6 is zero"));
    options_free(&v.options);
}
