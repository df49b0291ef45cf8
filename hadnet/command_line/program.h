/* program.h - the common main function of the programs.
 *
 *     Options options = { .program = "hadnet_eval", ... };
 *     return program_run(&options, argc, argv, run, &settings);
 */
#ifndef HADNET_PROGRAM_H
#define HADNET_PROGRAM_H

#include "hadnet/command_line/options.h"

/* The outcome of a program's work. As in functions that return a bool, false is a failure that left
 * one line in the error, and true is success. */
typedef enum ProgramEnd {
    PROGRAM_FAILED = false,
    PROGRAM_DONE = true,
    PROGRAM_INTERRUPTED /* by Ctrl-C; the work has printed that itself */
} ProgramEnd;

/* Set the options' targets, do the work, and free what the options own. Returns the exit status: 0,
 * also after --help; 2 after one line on standard error, when the command line is wrong, the work
 * failed, or standard output could not be written; 130 when interrupted. */
int program_run(Options *options, int argc, char **argv,
                ProgramEnd (*work)(void *context, Options *options, Error *error), void *context);

/* Print a line on standard error, after the running program's name: a failure that does not end it. */
void program_warn(const char *line);

#endif
