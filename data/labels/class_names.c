/* class_names.c - parses classes.txt and checks the names. */
#include "data/labels/class_names.h"

#include "tensor/memory.h"
#include "tensor/regular_file.h"
#include "tensor/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_FILE_BYTES_MAX = 1 << 20 };

/* Control characters (C0, delete, C1), the line and paragraph separators, and the marks that
 * embed, override or isolate a direction of writing. */
static bool is_control(unsigned code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

const char *class_name_fault(const char *name, char buffer[64]) {
    const size_t count = strlen(name);
    if (count == 0) return "is empty";
    if (count > CLASS_NAME_BYTES_MAX) {
        snprintf(buffer, 64, "is longer than %d bytes", CLASS_NAME_BYTES_MAX);
        return buffer;
    }
    for (size_t i = 0; i < count;) {
        unsigned code;
        const int length = utf8_read(name + i, count - i, &code);
        if (length == 0)
            snprintf(buffer, 64, "is not UTF-8: byte %zu is 0x%02x", i + 1,
                     (unsigned)(unsigned char)name[i]);
        else if (is_control(code))
            snprintf(buffer, 64, "holds the control character U+%04X", code);
        else {
            i += (size_t)length;
            continue;
        }
        return buffer;
    }
    return NULL;
}

void class_names_free(ClassNames *classes) {
    for (int i = 0; i < classes->count; i++) free(classes->names[i]);
    classes->count = 0;
}

/* Read the open file whole into text, of bytes + 1. */
static bool fill(FILE *file, const char *path, char *text, size_t bytes, Error *error) {
    const size_t got = fread(text, 1, bytes, file);
    if (got != bytes) return error_set(error, "%s: read %zu of %zu bytes", path, got, bytes);
    int line = 1;
    for (const char *c = text; *c; c++) line += *c == '\n';
    return strlen(text) == bytes ||
           error_set(error, "%s line %d: a zero byte; expected text in UTF-8", path, line);
}

/* The file's text; the caller frees. */
static char *read_text(const char *path, Error *error) {
    uint64_t bytes;
    FILE *file = regular_file_open(path, &bytes, error);
    if (!file) return NULL;
    char *text = NULL;
    if (bytes > CLASS_FILE_BYTES_MAX)
        error_set(error, "%s: %llu bytes; expected the names of at most %d classes", path,
                  (unsigned long long)bytes, CLASSES_MAX);
    else
        text = memory_new((size_t)bytes + 1, 1);
    if (text && !fill(file, path, text, (size_t)bytes, error)) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

/* End the line with a zero byte, drop trailing blanks and the carriage return, and return the start
 * of the next line; NULL after the last. */
static char *cut_line(char *line) {
    char *end = strchr(line, '\n'), *next = end ? end + 1 : NULL;
    if (!end) end = line + strlen(line);
    if (end > line && end[-1] == '\r') end--;
    while (end > line && end[-1] == ' ') end--;
    *end = '\0';
    return next;
}

/* The name in "VALUE: NAME", or NULL where a line is not of that form. */
static char *name_behind_value(char *line, int *value) {
    char *colon = line + strspn(line, "0123456789");
    if (colon == line || colon - line > 3 || *colon != ':') return NULL;
    *value = atoi(line);
    return colon + 1 + strspn(colon + 1, " ");
}

/* The name in "#RRGGBB: NAME", or NULL where a line is not of that form. */
static char *name_behind_colour(char *line, uint32_t *colour) {
    if (line[0] != '#' || strspn(line + 1, "0123456789abcdefABCDEF") != 6 || line[7] != ':')
        return NULL;
    *colour = (uint32_t)strtoul(line + 1, NULL, 16);
    return line + 8 + strspn(line + 8, " ");
}

typedef struct Lines {
    const char *path;
    int number;      /* of the current line, from 1 */
    bool with_value; /* line 1 states its value, so all do */
    ClassNames *classes;
    Error *error;
} Lines;

/* A line of a file whose first line has a colour. */
static bool take_coloured(Lines *lines, char *line) {
    ClassNames *classes = lines->classes;
    uint32_t colour = 0;
    const char *name = name_behind_colour(line, &colour);
    if (!name || !*name)
        return error_set(lines->error, "%s line %d: '%s'; expected '#RRGGBB: NAME' as in line 1",
                         lines->path, lines->number, line);
    for (int i = 0; i < classes->count; i++)
        if (classes->colours[i] == colour)
            return error_set(lines->error, "%s line %d: the colour #%06x is class '%s' already",
                             lines->path, lines->number, (unsigned)colour, classes->names[i]);
    if (classes->count == CLASSES_MAX)
        return error_set(lines->error, "%s line %d: more than %d classes", lines->path,
                         lines->number, CLASSES_MAX);
    classes->by_colour = true;
    classes->values[classes->count] = classes->count;
    classes->colours[classes->count] = colour;
    classes->names[classes->count++] = memory_text(name);
    return true;
}

static bool take_line(Lines *lines, char *line) {
    ClassNames *classes = lines->classes;
    char buffer[64], *name = line;
    int value = classes->count;
    const char *fault = class_name_fault(line, buffer);
    if (fault)
        return error_set(lines->error, "%s line %d: the name %s", lines->path, lines->number,
                         fault);
    uint32_t colour;
    if (classes->by_colour || (classes->count == 0 && name_behind_colour(line, &colour)))
        return take_coloured(lines, line);
    char *behind = name_behind_value(line, &value);
    if (classes->count == 0) lines->with_value = behind != NULL;
    if (lines->with_value) name = behind;
    if (!name || !*name || value > 255)
        return error_set(lines->error,
                         "%s line %d: '%s'; expected 'VALUE: NAME' as in line 1, with a value in "
                         "0..255",
                         lines->path, lines->number, line);
    if (!lines->with_value) value = classes->count;
    for (int i = 0; i < classes->count; i++)
        if (classes->values[i] == value)
            return error_set(lines->error, "%s line %d: the value %d is class '%s' already",
                             lines->path, lines->number, value, classes->names[i]);
    if (classes->count == CLASSES_MAX)
        return error_set(lines->error, "%s line %d: more than %d classes", lines->path,
                         lines->number, CLASSES_MAX);
    classes->values[classes->count] = value;
    classes->names[classes->count++] = memory_text(name);
    return true;
}

static bool take_lines(Lines *lines, char *text) {
    bool ended = false;
    for (char *line = text, *next; line; line = next) {
        next = cut_line(line);
        lines->number++;
        if (!*line) {
            ended = true;
        } else if (ended) {
            return error_set(lines->error,
                             "%s line %d: a class after an empty line; expected one on every line",
                             lines->path, lines->number);
        } else if (!take_line(lines, line)) {
            return false;
        }
    }
    return true;
}

bool class_names_read(const char *path, ClassNames *classes, Error *error) {
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const size_t mark = sizeof byte_order_mark - 1;
    char *text = read_text(path, error);
    *classes = (ClassNames){ 0 };
    if (!text) return false;
    Lines lines = { path, 0, false, classes, error };
    bool good = take_lines(&lines, strncmp(text, byte_order_mark, mark) ? text : text + mark);
    free(text);
    if (good && classes->count < 2)
        good = error_set(error, "%s: %d classes; expected the background and at least one defect",
                         path, classes->count);
    if (!good) class_names_free(classes);
    return good;
}
