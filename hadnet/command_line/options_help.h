/* options_help.h - the texts of --help, --man and --completion, and suggestions for misspelt options. */
#ifndef HADNET_OPTIONS_HELP_H
#define HADNET_OPTIONS_HELP_H

#include "hadnet/command_line/options.h"

#include <stdio.h>

/* Print usage line, purpose, and a row per option with its default: the present value of its
 * target.
 */
void options_print_help(const Options *options, FILE *stream);

/* The same as a manual page (troff), and as a script for a shell's completion; false: not bash or
 * zsh. */
void options_print_man(const Options *options, FILE *stream);
bool options_print_completion(const Options *options, const char *shell, FILE *stream);

/* What the exit statuses of all programs mean, a line each, ended by NULL. */
extern const char *const options_exit_statuses[];

/* The known name nearest to a misspelt argument "--nam" or "--nam=value", by the number of edits
 * (insert, delete, replace); NULL if none is near. */
const char *options_nearest(const Options *options, const char *argument);

#endif
