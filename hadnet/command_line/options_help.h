/* options_help.h - what --help prints, and the guess after a misspelt name. */
#ifndef HADNET_OPTIONS_HELP_H
#define HADNET_OPTIONS_HELP_H

#include "hadnet/command_line/options.h"

#include <stdio.h>

/* Usage line, purpose, and a row per option with its default: what its target holds now. */
void options_print_help(const Options *options, FILE *stream);

/* The known name nearest to a misspelt argument "--nam" or "--nam=value", by edits (insert,
 * delete, replace); NULL when none is near. */
const char *options_nearest(const Options *options, const char *argument);

#endif
