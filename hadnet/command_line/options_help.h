/* options_help.h - the text of --help, and suggestions for misspelt options. */
#ifndef HADNET_OPTIONS_HELP_H
#define HADNET_OPTIONS_HELP_H

#include "hadnet/command_line/options.h"

#include <stdio.h>

/* Print usage line, purpose, and a row per option with its default: the present value of its
 * target.
 */
void options_print_help(const Options *options, FILE *stream);

/* The known name nearest to a misspelt argument "--nam" or "--nam=value", by the number of edits
 * (insert, delete, replace); NULL if none is near. */
const char *options_nearest(const Options *options, const char *argument);

#endif
