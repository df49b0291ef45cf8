/* options_file.c - reads and writes a settings file. */
#include "hadnet/command_line/options.h"

#include "hadnet/command_line/option_value.h"
#include "tensor/text_file.h"
#include "tensor/file_writer.h"
#include "tensor/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_line(const char *text) {
    for (; *text; text++)
        if (iscntrl((unsigned char)*text)) return false;
    return true;
}

bool options_write(const Options *options, const char *path, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    bool good = true;
    writer.durable = true; /* --resume depends on it */
    fprintf(writer.file, "# Settings of a run of %s.\n", options->program);
    for (int i = 0; i < options->count && good; i++) {
        const Option *option = &options->table[i];
        const OptionValue value = option_value_get(option);
        char buffer[OPTION_NUMBER];
        if (option->scope == OPTION_OUTSIDE) continue;
        if (option->type == OPTION_TEXT && !value.text) continue;
        const char *text = option_value_text(option, value, buffer);
        if (!is_one_line(text))
            good = error_set(error, "%s: --%s '%s' has a control character and cannot be recorded",
                             path, option->name, text);
        fprintf(writer.file, "%s = %s\n", option->name, text);
    }
    return file_writer_finish(&writer, good, error) && good;
}

/* Take a value from the file, or refuse it. */
static bool take_value(Options *options, Option *option, const char *text, const char *path,
                       const char *where, bool may_differ, Error *error) {
    OptionValue value;
    if (!option_value_parse(option, where, text, &value, error)) return false;
    const OptionValue present = option_value_get(option);
    if (option->source != OPTION_GIVEN) {
        if (option->type == OPTION_TEXT) {
            options->owned = memory_one_more(options->owned, (size_t)options->owned_count,
                                             sizeof *options->owned);
            value.text = options->owned[options->owned_count++] = memory_text(text);
        }
        option->source = OPTION_FROM_FILE;
        option_value_set(option, value);
        return true;
    }
    if (may_differ || option->scope != OPTION_FIXED || option_value_equal(option, value, present))
        return true;
    char buffer[OPTION_NUMBER];
    return error_set(error, "--%s %s differs from the run's %s in %s, which must stay",
                     option->name, option_value_text(option, present, buffer), text, path);
}

static bool take_line(Options *options, const char *line, const char *path, int number,
                      bool may_differ, bool *seen, Error *error) {
    const size_t length = strcspn(line, " =");
    const char *value = line + length + strspn(line + length, " ");
    Option *option = option_find(options, line, length);
    if (*line == '\0' || *line == '#') return true;
    if (*value != '=')
        return error_set(error, "%s line %d: expected 'name = value', found '%s'", path, number,
                         line);
    if (!option || option->scope == OPTION_OUTSIDE)
        return error_set(error, "%s line %d: unknown setting '%.*s'", path, number, (int)length,
                         line);
    if (seen[option - options->table])
        return error_set(error, "%s line %d: %s is given twice", path, number, option->name);
    seen[option - options->table] = true;
    value += 1 + (value[1] == ' ');
    char where[1024];
    snprintf(where, sizeof where, "%s line %d: %s", path, number, option->name);
    return take_value(options, option, value, path, where, may_differ, error);
}

/* A fixed option that the file does not mention was not set in that run. */
static bool check_unmentioned(const Options *options, const char *path, const bool *seen,
                              Error *error) {
    for (int i = 0; i < options->count; i++) {
        const Option *option = &options->table[i];
        char buffer[OPTION_NUMBER];
        if (seen[i] || option->scope != OPTION_FIXED || option->source != OPTION_GIVEN) continue;
        return error_set(error, "--%s %s differs from the run, which has none in %s", option->name,
                         option_value_text(option, option_value_get(option), buffer), path);
    }
    return true;
}

/* may_differ: the command line may give a fixed option another value than the file. */
static bool read_file(Options *options, const char *path, bool may_differ, Error *error) {
    char *text = text_file_read(path, error);
    if (!text) return false;
    bool *seen = memory_new((size_t)options->count, sizeof *seen);
    bool good = true;
    int number = 0;
    for (char *line = text, *next; good && line; line = next) {
        next = text_line_end(line);
        good = take_line(options, line, path, ++number, may_differ, seen, error);
    }
    good = good && (may_differ || check_unmentioned(options, path, seen, error));
    free(seen);
    free(text);
    return good;
}

bool options_read(Options *options, const char *path, Error *error) {
    return read_file(options, path, false, error);
}

bool options_read_defaults(Options *options, const char *path, Error *error) {
    return read_file(options, path, true, error);
}
