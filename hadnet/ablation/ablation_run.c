/* ablation_run.c - runs hadnet_train and hadnet_eval for every row and seed. */
#include "hadnet/ablation/ablation_run.h"

#include "hadnet/ablation/sibling_program.h"
#include "tensor/text_file.h"
#include "hadnet/training/run_folder.h"
#include "tensor/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const part_names[ABLATION_PARTS] = { "val", "test" };

const char *const ablation_keys[ABLATION_NUMBERS] = { "miou_all",          "miou_defects",
                                                      "pixel_auroc",       "nll",
                                                      "calibration_error", "feature_length",
                                                      "point_length",      "agreement" };

enum { WORDS_MAX = 160, NUMBER = 16 };

/* A command line as it grows. */
typedef struct Command {
    const char *words[WORDS_MAX + 1]; /* ended by NULL */
    int count;
    char numbers[8][NUMBER];
    int number_count;
    char options[128]; /* of the row, cut at its blanks */
} Command;

static void add(Command *command, const char *word) {
    PROMISE(command->count < WORDS_MAX, "a command of more than %d words", WORDS_MAX);
    command->words[command->count++] = word;
    command->words[command->count] = NULL;
}

static void add_option(Command *command, const char *name, const char *value) {
    add(command, name);
    add(command, value);
}

static void add_number(Command *command, const char *name, int value) {
    char *text = command->numbers[command->number_count++];
    snprintf(text, NUMBER, "%d", value);
    add_option(command, name, text);
}

/* The options of a row are words between single blanks. */
static void add_row(Command *command, const char *options) {
    snprintf(command->options, sizeof command->options, "%s", options);
    for (char *word = strtok(command->options, " "); word; word = strtok(NULL, " "))
        add(command, word);
}

/* ---- Paths ---- */

typedef struct Run {
    const Ablation *ablation;
    const AblationRow *row;
    int seed, selection;
} Run;

static const char *path_in(const Run *run, const char *name, char path[RUN_PATH_MAX]) {
    char selection[NUMBER] = "";
    if (run->row->selections > 1) snprintf(selection, NUMBER, "-%d", run->selection);
    snprintf(path, RUN_PATH_MAX, "%s/seed-%d/%s%s%s%s", run->ablation->folder, run->seed,
             run->row->folder, selection, name[0] ? "/" : "", name);
    return path;
}

static bool has_file(const Run *run, const char *name) {
    char path[RUN_PATH_MAX];
    return access(path_in(run, name, path), F_OK) == 0;
}

/* ---- One run ---- */

static void training_command(const Run *run, Command *command, char folder[RUN_PATH_MAX],
                             char start[RUN_PATH_MAX]) {
    const Ablation *ablation = run->ablation;
    const Run first = { ablation, &ablation->table->rows[0], run->seed, 1 };
    const bool again = run->row->start != ABLATION_FROM_NOTHING;
    *command = (Command){ .count = 0 };
    add(command, "hadnet_train");
    path_in(run, "", folder);
    if (has_file(run, "resume.safetensors")) {
        add_option(command, "--resume", folder);
        for (int i = 0; i < ablation->shared_count; i++) add(command, ablation->shared[i]);
        return;
    }
    for (int i = 0; i < ablation->common_count; i++) add(command, ablation->common[i]);
    add_row(command, run->row->options);
    add_number(command, "--seed", run->seed);
    if (run->row->selections > 1) add_number(command, "--selection-seed", run->selection);
    add_number(command, "--epochs", ablation->epochs[again]);
    add_option(command, "--stage-shares", run->row->start == ABLATION_STAGE_3 ? "0:1" : "1:0");
    if (again) {
        add_option(command, "--pretrained", path_in(&first, "last.safetensors", start));
        add(command, "--pretrained-partial"); /* another --reduce or --ard has other parameters */
    }
    add_option(command, "--out", folder);
}

static ProgramEnd run_command(const Run *run, const Command *command, Error *error) {
    char log[RUN_PATH_MAX];
    path_in(run, "log.txt", log);
    const ProgramEnd end = sibling_program(command->words, log, error);
    if (end != PROGRAM_FAILED || error->text[0]) return end;
    return error_set(error, "%s failed; its last lines are in %s", command->words[0], log);
}

static ProgramEnd train(const Run *run, Error *error) {
    char folder[RUN_PATH_MAX], start[RUN_PATH_MAX];
    Command command;
    if (!run_folder_discard_start(path_in(run, "", folder), error) || !make_folders(folder, error))
        return PROGRAM_FAILED;
    training_command(run, &command, folder, start);
    return run_command(run, &command, error);
}

/* The last weights count, not the best of several epochs: choosing them on the validation images
 * would favour rows whose score wobbles. */
static ProgramEnd evaluate(const Run *run, AblationPart part, Error *error) {
    const Ablation *ablation = run->ablation;
    char weights[RUN_PATH_MAX], json[RUN_PATH_MAX], name[NUMBER];
    Command command = { .count = 0 };
    snprintf(name, NUMBER, "%s.json", part_names[part]);
    if (has_file(run, name)) return PROGRAM_DONE;
    add(&command, "hadnet_eval");
    add_option(&command, "--weights", path_in(run, "last.safetensors", weights));
    add_option(&command, "--part", part_names[part]);
    add_option(&command, "--json", path_in(run, name, json));
    for (int i = 0; i < ablation->shared_count; i++) add(&command, ablation->shared[i]);
    return run_command(run, &command, error);
}

/* Weights that no later run needs: of each row and seed they would be 160 MB. */
static void remove_state(const Run *run) {
    char path[RUN_PATH_MAX];
    remove(path_in(run, "resume.safetensors", path));
    remove(path_in(run, "best.safetensors", path));
}

/* An evaluation shows that training is over. A run that ended before it is resumed, and trains no
 * more. */
static ProgramEnd complete(const Run *run, Error *error) {
    ProgramEnd end = has_file(run, "val.json") ? PROGRAM_DONE : train(run, error);
    for (int part = 0; part < ABLATION_PARTS && end == PROGRAM_DONE; part++)
        end = evaluate(run, (AblationPart)part, error);
    if (end == PROGRAM_DONE) remove_state(run);
    return end;
}

/* ---- All runs ---- */

static int runs_of_a_seed(const AblationTable *table) {
    int runs = 0;
    for (int i = 0; i < table->count; i++) runs += table->rows[i].selections;
    return runs;
}

ProgramEnd ablation_run(const Ablation *ablation, bool (*after)(void *context, Error *error),
                        void *context, Error *error) {
    const AblationTable *table = ablation->table;
    const int all = ablation->seeds * runs_of_a_seed(table);
    int number = 0;
    for (int seed = 1; seed <= ablation->seeds; seed++)
        for (int i = 0; i < table->count; i++)
            for (int selection = 1; selection <= table->rows[i].selections; selection++) {
                const Run run = { ablation, &table->rows[i], seed, selection };
                char folder[RUN_PATH_MAX];
                number++;
                if (has_file(&run, "test.json")) continue;
                printf("run %d of %d: %s\n", number, all, path_in(&run, "", folder));
                fflush(stdout);
                const ProgramEnd end = complete(&run, error);
                if (end != PROGRAM_DONE) return end;
                if (!after(context, error)) return PROGRAM_FAILED;
            }
    return PROGRAM_DONE;
}

/* ---- Results ---- */

static double number_or_nan(JsonReader *reader) {
    if (json_peek(reader) == '0') return json_number(reader);
    json_skip(reader);
    return NAN;
}

static double *number_named(const char *key, AblationResult *result) {
    for (int i = 0; i < ABLATION_NUMBERS; i++)
        if (!strcmp(key, ablation_keys[i])) return &result->number[i];
    return NULL;
}

static void read_result(JsonReader *reader, AblationResult *result) {
    char *key;
    json_open(reader, '{');
    while ((key = json_next_key(reader))) {
        double *to = number_named(key, result);
        if (to)
            *to = number_or_nan(reader);
        else
            json_skip(reader);
        free(key);
    }
    json_finish(reader);
}

bool ablation_result(const Ablation *ablation, int row, int seed, int selection, AblationPart part,
                     AblationResult *result, Error *error) {
    const Run run = { ablation, &ablation->table->rows[row], seed, selection };
    char path[RUN_PATH_MAX], name[NUMBER];
    for (int i = 0; i < ABLATION_NUMBERS; i++) result->number[i] = NAN;
    snprintf(name, NUMBER, "%s.json", part_names[part]);
    if (!has_file(&run, name)) return true;
    Error cause = { "" };
    char *text = text_file_read(path_in(&run, name, path), error);
    if (!text) return false;
    JsonReader reader = json_reader(text, strlen(text), &cause);
    read_result(&reader, result);
    free(text);
    return !reader.failed || error_set(error, "%s: %s", path, cause.text);
}
