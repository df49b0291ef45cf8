/* hadnet_ablate.c - trains the rows of a named table over several seeds, and writes the table. */
#include "hadnet/ablation/ablation_report.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/option_value.h"
#include "hadnet/command_line/program.h"
#include "hadnet/training/run_folder.h"
#include "hadnet/training/settings.h"
#include "tensor/memory.h"
#include "tensor/public.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARED = 6, SHARED_WORDS_MAX = 2 * SHARED + 1 };

typedef struct AblateSettings {
    int table, seeds, epochs, stage_3_epochs;
    const char *out;
    const char *training; /* the options behind --, as one text */
} AblateSettings;

static int ablate_options(AblateSettings *s, Option *table) {
    Option *next = table;
    *next++ = option_scope(OPTION_FIXED,
                           option_choice("table", ablation_choices,
                                         "reductions: the paper's table 5; curvature: its table 6",
                                         &s->table));
    *next++ = option_integer("seeds", "N", "train every row with the seeds 1 to N", &s->seeds, 1,
                             ABLATION_SEEDS_MAX);
    *next++ = option_scope(
        OPTION_FIXED, option_integer("epochs", "N", "epochs of stage 1", &s->epochs, 1, 1000000));
    *next++ = option_scope(OPTION_FIXED, option_integer("stage-3-epochs", "N",
                                                        "epochs of stage 3, in tables that have it",
                                                        &s->stage_3_epochs, 1, 1000000));
    *next++ = option_scope(OPTION_OUTSIDE,
                           option_text("out", "DIR",
                                       "folder of the table and its runs; continued if it has any "
                                       "(default ablations/TABLE)",
                                       &s->out));
    return (int)(next - table);
}

/* What the table decides cannot be a training option. */
static bool is_left_to_table(const Options *training, Error *error) {
    static const char *const decided[] = { "seed",   "selection-seed", "epochs",
                                           "out",    "stage-shares",   "pretrained",
                                           "resume", "summary",        "pretrained-partial" };
    for (size_t i = 0; i < sizeof decided / sizeof *decided; i++)
        if (options_source(training, decided[i]) != OPTION_DEFAULT)
            return error_set(error, "--%s behind -- is the table's to decide", decided[i]);
    return true;
}

/* The given training options that hadnet_eval takes too, as words. */
static int shared_words(const Options *training, const char *words[SHARED_WORDS_MAX],
                        char numbers[SHARED][OPTION_NUMBER]) {
    static const struct {
        const char *name, *word;
    } shared[SHARED] = { { "data", "--data" },       { "turns", "--turns" },
                         { "limit", "--limit" },     { "max-megapixels", "--max-megapixels" },
                         { "threads", "--threads" }, { "device", "--device" } };
    int count = 0;
    for (int i = 0; i < SHARED; i++) {
        if (options_source(training, shared[i].name) == OPTION_DEFAULT) continue;
        const Option *option = option_find(training, shared[i].name, strlen(shared[i].name));
        words[count++] = shared[i].word;
        words[count++] = option_value_text(option, option_value_get(option), numbers[i]);
    }
    if (options_source(training, "exact") != OPTION_DEFAULT) words[count++] = "--exact";
    return count;
}

/* The table of a folder stays the same: ablation.txt holds what it was begun with. */
static bool open_folder(const AblateSettings *s, Options *options, const char *folder,
                        Error *error) {
    char path[RUN_PATH_MAX];
    Option table[8];
    Options recorded = *options;
    memcpy(table, options->table, (size_t)options->count * sizeof *table);
    table[options->count] =
        option_scope(OPTION_FIXED, option_text("training", "", "", (const char **)&s->training));
    table[options->count].source = OPTION_GIVEN;
    recorded.table = table;
    recorded.count = options->count + 1;
    snprintf(path, sizeof path, "%.*s/ablation.txt", RUN_PATH_MAX / 2, folder);
    if (access(path, F_OK) == 0) {
        const bool same = options_read(&recorded, path, error);
        options->owned = recorded.owned;
        options->owned_count = recorded.owned_count;
        if (!same) return false;
    }
    return make_folders(folder, error) && options_write(&recorded, path, error);
}

/* The words, with blanks between them. The caller frees. */
static char *joined(const Options *options) {
    size_t length = 1;
    for (int i = 0; i < options->operand_count; i++) length += strlen(options->operand[i]) + 1;
    char *text = memory_new(length, 1), *end = text;
    for (int i = 0; i < options->operand_count; i++)
        end += sprintf(end, "%s%s", i ? " " : "", options->operand[i]);
    return text;
}

static bool write_table(void *context, Error *error) {
    return ablation_write(context, error);
}

static ProgramEnd run_table(Ablation *ablation, Error *error) {
    AblationScores scores;
    const ProgramEnd end = ablation_run(ablation, write_table, ablation, error);
    if (end == PROGRAM_INTERRUPTED)
        fprintf(stderr, "hadnet_ablate: interrupted and saved; the same command goes on\n");
    if (end != PROGRAM_DONE) return end;
    if (!ablation_write(ablation, error) || !ablation_scores(ablation, &scores, error))
        return PROGRAM_FAILED;
    printf("\n");
    ablation_print(stdout, ablation, &scores);
    printf("\ntable.txt, table.csv, table.png and the runs are in %s\n", ablation->folder);
    return PROGRAM_DONE;
}

/* Parse the options behind "--" as hadnet_train would, so that a mistake is found at once. */
static bool parse_training(const Options *options, Settings *settings, Options *training,
                           Error *error) {
    const char *words[options->operand_count + 2];
    words[0] = "hadnet_train";
    for (int i = 0; i < options->operand_count; i++) words[i + 1] = options->operand[i];
    words[options->operand_count + 1] = NULL;
    training->count = settings_options(settings, training->table);
    switch (options_parse(training, options->operand_count + 1, (char **)words, error)) {
    case OPTIONS_HELP:
        return error_set(error, "--help goes before --");
    case OPTIONS_ERROR:
        return false;
    case OPTIONS_READY:
        break;
    }
    return is_left_to_table(training, error) && settings_check(settings, error);
}

static ProgramEnd run_settings(AblateSettings *s, Options *options, const Options *training,
                               Error *error) {
    const char *words[SHARED_WORDS_MAX];
    char folder[RUN_PATH_MAX], numbers[SHARED][OPTION_NUMBER];
    snprintf(folder, sizeof folder, "ablations/%s", ablation_choices[s->table]);
    if (s->out && strlen(s->out) >= RUN_PATH_MAX / 2)
        return error_set(error, "--out: a folder's name of %zu bytes is too long", strlen(s->out));
    if (!open_folder(s, options, s->out ? s->out : folder, error)) return PROGRAM_FAILED;
    Ablation ablation = { .table = ablation_table(s->table),
                          .folder = s->out ? s->out : folder,
                          .seeds = s->seeds,
                          .epochs = { s->epochs, s->stage_3_epochs },
                          .common = options->operand,
                          .common_count = options->operand_count,
                          .shared = words,
                          .shared_count = shared_words(training, words, numbers) };
    return run_table(&ablation, error);
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    AblateSettings *s = context;
    Settings settings = settings_default();
    Option table[SETTINGS_OPTIONS_MAX];
    Options training = { .program = "hadnet_train", .table = table };
    ProgramEnd end = PROGRAM_FAILED;
    if (parse_training(options, &settings, &training, error)) {
        char *text = joined(options);
        s->training = text;
        interrupt_install();
        end = run_settings(s, options, &training, error);
        free(text);
    }
    options_free(&training);
    return end;
}

PUBLIC int hadnet_ablate_main(int argc, char **argv) {
    AblateSettings settings = { .seeds = 3, .epochs = 12, .stage_3_epochs = 6 };
    Option table[8];
    static const char *const examples[] = {
        "hadnet_ablate --table curvature --seeds 5 -- --dataset neu-seg --data DIR --split scene",
        NULL
    };
    Options options = { .program = "hadnet_ablate",
                        .examples = examples,
                        .purpose =
                            "Train the rows of a table over several seeds, and compare them.",
                        .operands = "-- OPTIONS_OF_HADNET_TRAIN...",
                        .table = table };
    options.count = ablate_options(&settings, table);
    return program_run(&options, argc, argv, run, &settings);
}
