/* sibling_program.h - runs another of the programs, from the folder of the running one. */
#ifndef HADNET_SIBLING_PROGRAM_H
#define HADNET_SIBLING_PROGRAM_H

#include "hadnet/command_line/program.h"

/* Run words[0] with its arguments (words ends with NULL) and wait. The command and all that it
 * prints are appended to the file at log. A request to stop is passed on; then the other program
 * saves and ends by itself. Status 0 is PROGRAM_DONE, 130 PROGRAM_INTERRUPTED; any other is
 * PROGRAM_FAILED, with an error if the program could not be started at all. */
ProgramEnd sibling_program(const char *const *words, const char *log, Error *error);

#endif
