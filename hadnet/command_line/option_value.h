/* option_value.h - converts one option's value from and to text. */
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

/* Parse text as the option's value; an OPTION_TEXT value points at text itself. `where` begins the
 * error line, such as "--epochs" or "settings.txt line 3: epochs". Flags are "yes" or "no". */
bool option_value_parse(const Option *option, const char *where, const char *text,
                        OptionValue *value, Error *error);

OptionValue option_value_get(const Option *option);
void option_value_set(const Option *option, OptionValue value);
bool option_value_equal(const Option *option, OptionValue a, OptionValue b);

/* The text that option_value_parse turns into value; a NULL text gives "". Numbers are written to
 * buffer. */
enum { OPTION_NUMBER = 32 };
const char *option_value_text(const Option *option, OptionValue value, char buffer[OPTION_NUMBER]);

/* The option of that name, or NULL. */
Option *option_find(const Options *options, const char *name, size_t length);

#endif
