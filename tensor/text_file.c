/* text_file.c - reads text files, splits lines, prints numbers. */
#include "tensor/text_file.h"

#include "tensor/memory.h"
#include "tensor/regular_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXT_FILE_BYTES_MAX = 64 << 20 };

static char *read_stream(FILE *stream, uint64_t bytes, const char *path, Error *error) {
    if (bytes > TEXT_FILE_BYTES_MAX) {
        error_set(error, "%s: %llu bytes, expected a text of at most %d", path,
                  (unsigned long long)bytes, TEXT_FILE_BYTES_MAX);
        return NULL;
    }
    const size_t size = (size_t)bytes;
    char *text = memory_new(size + 1, 1);
    const size_t read = fread(text, 1, size, stream);
    if (read != size || ferror(stream) || strlen(text) != size) {
        if (read == size && !ferror(stream))
            error_set(error, "%s: not a text: byte %zu is zero", path, strlen(text));
        else
            error_set(error, "%s: cannot read: %s", path, strerror(errno));
        free(text);
        return NULL;
    }
    return text;
}

char *text_file_read(const char *path, Error *error) {
    uint64_t bytes;
    FILE *stream = regular_file_open(path, &bytes, error);
    if (!stream) return NULL;
    char *text = read_stream(stream, bytes, path, error);
    fclose(stream);
    return text;
}

bool text_file_may_be_replaced(const char *path, const char *beginning) {
    struct stat status;
    if (lstat(path, &status) != 0) return true; /* writing will report any obstacle */
    FILE *file = S_ISREG(status.st_mode) ? fopen(path, "rb") : NULL;
    if (!file) return false;
    bool same = true;
    for (const char *byte = beginning; same && *byte; byte++) same = fgetc(file) == *byte;
    fclose(file);
    return same || status.st_size == 0;
}

char *text_line_end(char *line) {
    char *end = strchr(line, '\n');
    char *next = end ? end + 1 : NULL;
    if (!end) end = line + strlen(line);
    *end = '\0';
    if (end > line && end[-1] == '\r') end[-1] = '\0';
    return next;
}

const char *text_number(double value, char buffer[TEXT_NUMBER]) {
    /* %g would write 20 as 2e+01. */
    if (fabs(value) < 1e15 && value == trunc(value))
        return snprintf(buffer, TEXT_NUMBER, "%.0f", value), buffer;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(buffer, TEXT_NUMBER, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) break;
    }
    return buffer;
}
