/* options_completion.c - prints scripts by which bash and zsh complete a program's options. */
#include "hadnet/command_line/options_help.h"

#include <string.h>

/* What may follow an option: one of its choices, a file, or a number, of which a shell knows nothing. */
static void print_bash_value(FILE *stream, const Option *option) {
    if (option->type == OPTION_FLAG) return;
    fprintf(stream, "    --%s) ", option->name);
    if (option->type == OPTION_CHOICE) {
        fputs("COMPREPLY=($(compgen -W \"", stream);
        for (int i = 0; option->choices[i]; i++)
            fprintf(stream, "%s%s", i ? " " : "", option->choices[i]);
        fputs("\" -- \"$word\")) ;;\n", stream);
    } else if (option->type == OPTION_TEXT) {
        fputs("compopt -o filenames; COMPREPLY=($(compgen -f -- \"$word\")) ;;\n", stream);
    } else {
        fputs("COMPREPLY=() ;;\n", stream);
    }
}

static void print_bash(const Options *options, FILE *stream) {
    fprintf(stream,
            "# bash completion for %s; source it, or install it as completions/%s\n_%s() {\n"
            "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
            "    case $before in\n",
            options->program, options->program, options->program);
    for (int i = 0; i < options->count; i++) print_bash_value(stream, &options->table[i]);
    fputs("    *)\n        if [[ $word == -* || -z $word ]]; then\n            "
          "COMPREPLY=($(compgen -W \"",
          stream);
    for (int i = 0; i < options->count; i++) fprintf(stream, "--%s ", options->table[i].name);
    fprintf(stream,
            "--help --version\" -- \"$word\"))\n        else\n            compopt -o filenames\n"
            "            COMPREPLY=($(compgen -f -- \"$word\"))\n        fi ;;\n    esac\n}\n"
            "complete -F _%s %s\n",
            options->program, options->program);
}

/* Within single quotes and brackets: without quotes, brackets, colons and backslashes. */
static void print_zsh_text(FILE *stream, const char *text) {
    for (; *text; text++) fputc(strchr("'[]:\\", *text) ? ' ' : *text, stream);
}

static void print_zsh(const Options *options, FILE *stream) {
    fprintf(stream, "#compdef %s\n_arguments", options->program);
    for (int i = 0; i < options->count; i++) {
        const Option *option = &options->table[i];
        fprintf(stream, " \\\n  '--%s[", option->name);
        print_zsh_text(stream, option->help);
        fputc(']', stream);
        if (option->type != OPTION_FLAG)
            fprintf(stream, ":%s:", option->value_name ? option->value_name : "NAME");
        if (option->type == OPTION_TEXT) fputs("_files", stream);
        for (int k = 0; option->type == OPTION_CHOICE && option->choices[k]; k++)
            fprintf(stream, "%s%s%s", k ? " " : "(", option->choices[k],
                    option->choices[k + 1] ? "" : ")");
        fputc('\'', stream);
    }
    fprintf(stream, " \\\n  '--help[print all options]' '--version[print the version]'%s\n",
            options->operands ? " \\\n  '*:file:_files'" : "");
}

bool options_print_completion(const Options *options, const char *shell, FILE *stream) {
    if (shell && !strcmp(shell, "bash"))
        print_bash(options, stream);
    else if (shell && !strcmp(shell, "zsh"))
        print_zsh(options, stream);
    else
        return false;
    return true;
}
