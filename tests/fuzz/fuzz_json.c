/* fuzz_json.c - JSON: the header of a weight file from arbitrary bytes; any JSON value; a string
 * written and read back. */
#include "nn/safetensors.h"
#include "tensor/json.h"
#include "tensor/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void parse_header(const char *text, size_t count) {
    SafetensorsFile *file = calloc(1, sizeof *file);
    Error error = { "" };
    if (!file) return;
    const bool good = safetensors_parse(file, text, count, 64, &error);
    fuzz_judge(good, &error);
    safetensors_close(file);
}

static void skip_value(const char *text, size_t count) {
    Error error = { "" };
    JsonReader reader = json_reader(text, count, &error);
    const bool good = json_skip(&reader) && json_finish(&reader);
    fuzz_judge(good, &error);
}

static void write_and_read(const char *text, size_t count) {
    char *wanted = malloc(count + 1);
    if (!wanted) return;
    memcpy(wanted, text, count);
    wanted[count] = '\0';
    if (utf8_is_valid(wanted, strlen(wanted))) {
        JsonText written = { 0 };
        Error error = { "" };
        json_append_string(&written, wanted);
        JsonReader reader = json_reader(written.bytes, written.length, &error);
        char *found = json_string(&reader);
        PROMISE(found && !strcmp(found, wanted), "'%s' was read back otherwise: %s", wanted,
                error.text);
        free(found);
        free(written.bytes);
    }
    free(wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    const char *text = (const char *)bytes;
    parse_header(text, count);
    skip_value(text, count);
    write_and_read(text, count);
    return 0;
}
