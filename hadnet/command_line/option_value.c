/* option_value.c - parses and prints the value of one option. */
#include "hadnet/command_line/option_value.h"

#include "tensor/text_file.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_choice(const Option *option, const char *where, const char *text,
                         OptionValue *value, Error *error) {
    char list[512] = "";
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(text, option->choices[i]) == 0) {
            value->integer = i;
            return true;
        }
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", option->choices[i]);
    }
    return error_set(error, "%s: '%s' is unknown, expected one of %s", where, text, list);
}

static bool check_range(const Option *option, const char *where, const char *text, double number,
                        Error *error) {
    if (number >= option->low && number <= option->high &&
        !(option->above_low && number == option->low))
        return true;
    if (option->above_low)
        return error_set(error, "%s: %s is out of range, expected a number above %.10g", where,
                         text, option->low);
    return error_set(error, "%s: %s is out of range, expected %.10g to %.10g", where, text,
                     option->low, option->high);
}

/* strtol and strtod skip leading space and would take " 5" for a number. */
static bool begins_number(const char *text) {
    return *text && !isspace((unsigned char)*text);
}

static bool parse_integer(const Option *option, const char *where, const char *text,
                          OptionValue *value, Error *error) {
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (!begins_number(text) || *end)
        return error_set(error, "%s: '%s' is not a whole number", where, text);
    if (!check_range(option, where, text, (double)number, error)) return false;
    value->integer = (int)number;
    return true;
}

static bool parse_real(const Option *option, const char *where, const char *text,
                       OptionValue *value, Error *error) {
    char *end;
    value->real = strtod(text, &end);
    if (!begins_number(text) || *end || !isfinite(value->real))
        return error_set(error, "%s: '%s' is not a finite number", where, text);
    return check_range(option, where, text, value->real, error);
}

bool option_value_parse(const Option *option, const char *where, const char *text,
                        OptionValue *value, Error *error) {
    switch (option->type) {
    case OPTION_TEXT:
        value->text = text;
        return true;
    case OPTION_CHOICE:
        return parse_choice(option, where, text, value, error);
    case OPTION_INTEGER:
        return parse_integer(option, where, text, value, error);
    case OPTION_REAL:
        return parse_real(option, where, text, value, error);
    case OPTION_FLAG:
        break;
    }
    value->flag = strcmp(text, "yes") == 0;
    if (value->flag || strcmp(text, "no") == 0) return true;
    return error_set(error, "%s: '%s' is unknown, expected yes or no", where, text);
}

OptionValue option_value_get(const Option *option) {
    switch (option->type) {
    case OPTION_TEXT:
        return (OptionValue){ .text = *option->target.text };
    case OPTION_REAL:
        return (OptionValue){ .real = *option->target.real };
    case OPTION_FLAG:
        return (OptionValue){ .flag = *option->target.flag };
    default:
        return (OptionValue){ .integer = *option->target.integer };
    }
}

void option_value_set(const Option *option, OptionValue value) {
    switch (option->type) {
    case OPTION_TEXT:
        *option->target.text = value.text;
        break;
    case OPTION_REAL:
        *option->target.real = value.real;
        break;
    case OPTION_FLAG:
        *option->target.flag = value.flag;
        break;
    default:
        *option->target.integer = value.integer;
    }
}

bool option_value_equal(const Option *option, OptionValue a, OptionValue b) {
    switch (option->type) {
    case OPTION_TEXT:
        return a.text && b.text ? strcmp(a.text, b.text) == 0 : a.text == b.text;
    case OPTION_REAL:
        return a.real == b.real;
    case OPTION_FLAG:
        return a.flag == b.flag;
    default:
        return a.integer == b.integer;
    }
}

const char *option_value_text(const Option *option, OptionValue value, char buffer[OPTION_NUMBER]) {
    switch (option->type) {
    case OPTION_TEXT:
        return value.text ? value.text : "";
    case OPTION_CHOICE:
        return option->choices[value.integer];
    case OPTION_REAL:
        return text_number(value.real, buffer);
    case OPTION_FLAG:
        return value.flag ? "yes" : "no";
    case OPTION_INTEGER:
        break;
    }
    snprintf(buffer, OPTION_NUMBER, "%d", value.integer);
    return buffer;
}

Option *option_find(const Options *options, const char *name, size_t length) {
    for (int i = 0; i < options->count; i++)
        if (strncmp(options->table[i].name, name, length) == 0 &&
            options->table[i].name[length] == '\0')
            return &options->table[i];
    return NULL;
}
