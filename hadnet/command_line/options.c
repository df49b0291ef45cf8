/* options.c - defines options and parses the command line. */
#include "hadnet/command_line/options.h"

#include "hadnet/command_line/option_value.h"
#include "hadnet/command_line/options_help.h"
#include "hadnet/command_line/version.h"
#include "tensor/memory.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Option option_text(const char *name, const char *value_name, const char *help,
                   const char **target) {
    return (Option){ .name = name,
                     .value_name = value_name,
                     .help = help,
                     .type = OPTION_TEXT,
                     .target.text = target };
}

Option option_choice(const char *name, const char *const *choices, const char *help, int *target) {
    return (Option){ .name = name,
                     .choices = choices,
                     .help = help,
                     .type = OPTION_CHOICE,
                     .target.integer = target };
}

Option option_integer(const char *name, const char *value_name, const char *help, int *target,
                      int low, int high) {
    return (Option){ .name = name,
                     .value_name = value_name,
                     .help = help,
                     .type = OPTION_INTEGER,
                     .target.integer = target,
                     .low = low,
                     .high = high };
}

Option option_real(const char *name, const char *value_name, const char *help, double *target,
                   double low, double high) {
    return (Option){ .name = name,
                     .value_name = value_name,
                     .help = help,
                     .type = OPTION_REAL,
                     .target.real = target,
                     .low = low,
                     .high = high };
}

Option option_positive(const char *name, const char *value_name, const char *help, double *target) {
    Option option = option_real(name, value_name, help, target, 0, DBL_MAX);
    option.above_low = true;
    return option;
}

Option option_flag(const char *name, const char *help, bool *target) {
    return (Option){ .name = name, .help = help, .type = OPTION_FLAG, .target.flag = target };
}

Option option_group(const char *group, Option option) {
    option.group = group;
    return option;
}

Option option_scope(OptionScope scope, Option option) {
    option.scope = scope;
    return option;
}

static bool unknown_option(const Options *options, const char *argument, Error *error) {
    const int length = (int)strcspn(argument, "=");
    const char *nearest = options_nearest(options, argument);
    if (!nearest)
        return error_set(error, "unknown option %.*s; --help lists the options", length, argument);
    return error_set(error, "unknown option %.*s; did you mean --%s?", length, argument, nearest);
}

/* The value of option `name`: the text after its '=', or the next argument, which is consumed. NULL
 * after an error. */
static const char *value_of(const Option *option, char **argv, int *i, const char *equals,
                            Error *error) {
    if (equals) return equals + 1;
    const char *next = argv[*i + 1];
    const char *wanted = option->value_name ? option->value_name : "VALUE";
    if (next && strncmp(next, "--", 2) != 0) {
        ++*i;
        return next;
    }
    error_set(error, "--%s needs a value: --%s %s%s%s", option->name, option->name, wanted,
              next ? "; found " : "", next ? next : "");
    return NULL;
}

static bool take_option(Options *options, char **argv, int *i, Error *error) {
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    Option *option = option_find(options, name, strcspn(name, "="));
    if (strncmp(argv[*i], "--", 2) != 0 || !option) return unknown_option(options, argv[*i], error);
    if (option->source == OPTION_GIVEN)
        return error_set(error, "--%s is given twice", option->name);
    option->source = OPTION_GIVEN;
    OptionValue value = { .flag = true };
    if (option->type == OPTION_FLAG) {
        if (equals)
            return error_set(error, "--%s takes no value, found %s", option->name, equals + 1);
    } else {
        const char *text = value_of(option, argv, i, equals, error);
        char where[64];
        snprintf(where, sizeof where, "--%s", option->name);
        if (!text || !option_value_parse(option, where, text, &value, error)) return false;
    }
    option_value_set(option, value);
    return true;
}

/* Whether an argument asks for a text about the program, which is then printed. */
static bool prints_instead(const Options *options, const char *argument, const char *next) {
    if (!strcmp(argument, "--help") || !strcmp(argument, "-h"))
        options_print_help(options, stdout);
    else if (!strcmp(argument, "--version"))
        printf("%s, HADNet %s\n", options->program, HADNET_VERSION);
    else if (!strcmp(argument, "--man"))
        options_print_man(options, stdout);
    else
        return !strcmp(argument, "--completion") && options_print_completion(options, next, stdout);
    return true;
}

OptionsStatus options_parse(Options *options, int argc, char **argv, Error *error) {
    bool options_ended = false;
    for (int i = 0; i < options->count; i++) options->table[i].source = OPTION_DEFAULT;
    options_free(options);
    options->operand = memory_new((size_t)argc + 1, sizeof *options->operand);
    const Options defaults = *options; /* nothing is set yet: what --help prints */
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            break;
        else if (prints_instead(&defaults, argv[i], argv[i + 1]))
            return OPTIONS_HELP;
    for (int i = 1; i < argc; i++) {
        if (!options_ended && strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (!options_ended && argv[i][0] == '-' && argv[i][1]) {
            if (!take_option(options, argv, &i, error)) return OPTIONS_ERROR;
        } else if (options->operands) {
            options->operand[options->operand_count++] = argv[i];
        } else {
            error_set(error, "unexpected argument '%s'; options begin with --", argv[i]);
            return OPTIONS_ERROR;
        }
    }
    return OPTIONS_READY;
}

void options_free(Options *options) {
    for (int i = 0; i < options->owned_count; i++) free(options->owned[i]);
    free(options->owned);
    free(options->operand);
    options->owned = NULL;
    options->operand = NULL;
    options->owned_count = options->operand_count = 0;
}

OptionSource options_source(const Options *options, const char *name) {
    const Option *option = option_find(options, name, strlen(name));
    PROMISE(option, "no option --%s", name);
    return option->source;
}
