/* option_value.h - one option's value as text, and back. */
#ifndef HADNET_OPTION_VALUE_H
#define HADNET_OPTION_VALUE_H

#include "hadnet/command_line/options.h"

#include <stddef.h>

typedef union OptionValue {
    const char *text;
    int integer; /* of OPTION_CHOICE too */
    double real;
    bool flag;
} OptionValue;

/* The value that text stands for; OPTION_TEXT points at text itself. `where` begins the error
 * line, such as "--epochs" or "settings.txt line 3: epochs". Flags are "yes" or "no". */
bool option_value_parse(const Option *option, const char *where, const char *text,
                        OptionValue *value, Error *error);

OptionValue option_value_get(const Option *option);
void option_value_set(const Option *option, OptionValue value);
bool option_value_equal(const Option *option, OptionValue a, OptionValue b);

/* The text that option_value_parse turns into value; a text of NULL gives "". buffer is used for
 * numbers. */
enum { OPTION_NUMBER = 32 };
const char *option_value_text(const Option *option, OptionValue value, char buffer[OPTION_NUMBER]);

/* The option of that name, or NULL. */
Option *option_find(const Options *options, const char *name, size_t length);

#endif
