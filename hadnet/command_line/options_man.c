/* options_man.c - prints the table of options as a manual page, in the macros of man(7). */
#include "hadnet/command_line/option_value.h"
#include "hadnet/command_line/options_help.h"
#include "hadnet/command_line/version.h"

#include <ctype.h>
#include <string.h>

/* Text that begins no line with a control character and whose hyphens are those of options. */
static void print_text(FILE *stream, const char *text) {
    if (*text == '.' || *text == '\'') fputs("\\&", stream);
    for (; *text; text++) {
        if (*text == '-' || *text == '\\') fputc('\\', stream);
        fputc(*text == '\\' ? 'e' : *text, stream);
    }
}

static void print_option(FILE *stream, const Option *option) {
    char buffer[OPTION_NUMBER];
    const char *value = option_value_text(option, option_value_get(option), buffer);
    fputs(".TP\n\\fB", stream);
    print_text(stream, "--");
    print_text(stream, option->name);
    fputs("\\fR", stream);
    if (option->type != OPTION_FLAG)
        fprintf(stream, " \\fI%s\\fR", option->value_name ? option->value_name : "NAME");
    fputc('\n', stream);
    print_text(stream, option->help);
    for (int i = 0; option->type == OPTION_CHOICE && option->choices[i]; i++) {
        fputs(i ? ", " : ": ", stream);
        print_text(stream, option->choices[i]);
    }
    if (option->type != OPTION_FLAG && *value) {
        fputs(" (default ", stream);
        print_text(stream, value);
        fputc(')', stream);
    }
    fputc('\n', stream);
}

void options_print_man(const Options *options, FILE *stream) {
    fputs(".TH ", stream);
    for (const char *at = options->program; *at; at++) fputc(toupper((unsigned char)*at), stream);
    fprintf(stream, " 1 \"\" \"HADNet %s\"\n.SH NAME\n%s \\- ", HADNET_VERSION, options->program);
    print_text(stream, options->purpose);
    fprintf(stream, "\n.SH SYNOPSIS\n\\fB%s\\fR [\\fIoptions\\fR]", options->program);
    if (options->operands) {
        fputs(" ", stream);
        print_text(stream, options->operands);
    }
    fputc('\n', stream);
    for (int i = 0; i < options->count; i++) {
        const Option *option = &options->table[i];
        if (option->group)
            fprintf(stream, ".SH OPTIONS: %s\n", option->group);
        else if (i == 0)
            fputs(".SH OPTIONS\n", stream);
        print_option(stream, option);
    }
    fputs(".SH EXIT STATUS\n", stream);
    for (int i = 0; options_exit_statuses[i]; i++) {
        print_text(stream, options_exit_statuses[i]);
        fputs("\n.br\n", stream);
    }
    if (!options->examples) return;
    fputs(".SH EXAMPLES\n.nf\n", stream);
    for (int i = 0; options->examples[i]; i++) {
        print_text(stream, options->examples[i]);
        fputc('\n', stream);
    }
    fputs(".fi\n", stream);
}
