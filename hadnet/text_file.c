#include "hadnet/text_file.h"

#include "data/allocate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXT_FILE_BYTES_MAX = 64 << 20 };

static char *read_stream(FILE *stream, const char *path, Error *error) {
    struct stat status;
    if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode)) {
        error_set(error, "%s: not a regular file", path);
        return NULL;
    }
    if (status.st_size > TEXT_FILE_BYTES_MAX) {
        error_set(error, "%s: %lld bytes, expected a text of at most %d", path,
                  (long long)status.st_size, TEXT_FILE_BYTES_MAX);
        return NULL;
    }
    const size_t size = (size_t)status.st_size;
    char *text = allocate(size + 1, 1);
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
    FILE *stream = fopen(path, "r");
    if (!stream) {
        error_set(error, "%s: cannot open: %s", path, strerror(errno));
        return NULL;
    }
    char *text = read_stream(stream, path, error);
    fclose(stream);
    return text;
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
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(buffer, TEXT_NUMBER, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) break;
    }
    return buffer;
}
