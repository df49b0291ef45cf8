/* options_help.c - prints --help, and finds the option nearest to a misspelt name. */
#include "hadnet/command_line/options_help.h"

#include "hadnet/command_line/option_value.h"

#include <string.h>

const char *const options_exit_statuses[] = {
    "0    done", "2    refused or failed, with one line that says what, where and why",
    "130  interrupted by Ctrl-C; what can be continued has been saved", NULL
};

enum { LINE_WIDTH = 80, HELP_COLUMN = 26, NAME_MAX_LENGTH = 40 };

/* Print words from column `column` on, broken at LINE_WIDTH; new lines begin at HELP_COLUMN. */
static int print_words(FILE *stream, const char *text, int column) {
    while (*text) {
        const int length = (int)strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + length > LINE_WIDTH) {
            fprintf(stream, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        }
        if (column > HELP_COLUMN) column += fprintf(stream, " ");
        column += fprintf(stream, "%.*s", length, text);
        text += length;
        text += strspn(text, " ");
    }
    return column;
}

static void print_row(FILE *stream, const char *name, const char *value_name, const char *help,
                      const char *choices, const char *defaults) {
    int column = fprintf(stream, "  --%s%s%s", name, *value_name ? " " : "", value_name);
    if (column + 2 > HELP_COLUMN) {
        fputc('\n', stream);
        column = 0;
    }
    fprintf(stream, "%*s", HELP_COLUMN - column, "");
    column = print_words(stream, help, HELP_COLUMN);
    column = print_words(stream, choices, column);
    print_words(stream, defaults, column);
    fputc('\n', stream);
}

static void print_option(FILE *stream, const Option *option) {
    char buffer[OPTION_NUMBER], defaults[320] = "", choices[512] = "";
    const char *value = option_value_text(option, option_value_get(option), buffer);
    if (option->type != OPTION_FLAG && *value)
        snprintf(defaults, sizeof defaults, "(default %s)", value);
    for (int i = 0; option->type == OPTION_CHOICE && option->choices[i]; i++) {
        const size_t used = strlen(choices);
        snprintf(choices + used, sizeof choices - used, "%s%s", i ? ", " : ": ",
                 option->choices[i]);
    }
    /* The colon belongs to the last word of the help. */
    char help[512];
    snprintf(help, sizeof help, "%s%s", option->help, *choices ? ":" : "");
    const char *value_name = option->value_name ? option->value_name : "NAME";
    print_row(stream, option->name, option->type == OPTION_FLAG ? "" : value_name, help,
              *choices ? choices + 2 : "", defaults);
}

void options_print_help(const Options *options, FILE *stream) {
    fprintf(stream, "%s\n\nusage: %s [options]%s%s\n\n", options->purpose, options->program,
            options->operands ? " " : "", options->operands ? options->operands : "");
    for (int i = 0; i < options->count; i++) {
        const Option *option = &options->table[i];
        if (option->group) fprintf(stream, "%s%s:\n", i ? "\n" : "", option->group);
        print_option(stream, option);
    }
    if (options->count && options->table[0].group) fputs("\nFor help:\n", stream);
    print_row(stream, "help", "", "print this and stop", "", "");
    print_row(stream, "version", "", "print the version and stop", "", "");
    print_row(stream, "completion", "SHELL",
              "print a script by which bash or zsh completes these options, and stop", "", "");
    print_row(stream, "man", "", "print this as a manual page and stop", "", "");
    for (int i = 0; options->examples && options->examples[i]; i++)
        fprintf(stream, "%s  %s\n", i ? "" : "\nExamples:\n", options->examples[i]);
    fputs("\nExit status:\n", stream);
    for (int i = 0; options_exit_statuses[i]; i++)
        fprintf(stream, "  %s\n", options_exit_statuses[i]);
}

static int smallest(int a, int b, int c) {
    const int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance: row i of the table has the distances
 * between the first i letters of a and every prefix of b. */
static int edit_distance(const char *a, int length, const char *b) {
    int row[NAME_MAX_LENGTH + 1][NAME_MAX_LENGTH + 1];
    const int other = (int)strlen(b);
    if (length > NAME_MAX_LENGTH || other > NAME_MAX_LENGTH) return NAME_MAX_LENGTH;
    for (int i = 0; i <= length; i++) row[i][0] = i;
    for (int j = 0; j <= other; j++) row[0][j] = j;
    for (int i = 1; i <= length; i++)
        for (int j = 1; j <= other; j++)
            row[i][j] = smallest(row[i - 1][j] + 1, row[i][j - 1] + 1,
                                 row[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
    return row[length][other];
}

const char *options_nearest(const Options *options, const char *argument) {
    const char *name = argument + strspn(argument, "-"), *nearest = NULL;
    const int length = (int)strcspn(name, "=");
    int best = 1 + length / 3; /* a word with more edits is unrelated */
    for (int i = 0; i < options->count; i++) {
        const int distance = edit_distance(name, length, options->table[i].name);
        if (distance > best || (nearest && distance == best)) continue;
        if (distance >= (int)strlen(options->table[i].name)) continue;
        best = distance;
        nearest = options->table[i].name;
    }
    return nearest;
}
