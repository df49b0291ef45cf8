/* test_tensor_files_float.c - files and text from outside the program. */
#include "tensor/regular_file.h"
#include "tensor/utf8.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *refusal(const char *path) {
    static Error error;
    uint64_t bytes;
    error.text[0] = '\0';
    FILE *file = regular_file_open(path, &bytes, &error);
    if (file) fclose(file);
    return file ? "" : error.text;
}

TEST(regular_file_refuses_at_once_what_could_block) {
    char pipe[128], file[128];
    const char *folder = test_folder();
    snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    snprintf(file, sizeof file, "%s/none", folder);
    CHECK(mkfifo(pipe, 0666) == 0);
    CHECK(strstr(refusal(pipe), "pipe: not a regular file: it is a pipe"));
    CHECK(strstr(refusal("/dev/zero"), "/dev/zero: not a regular file: it is a device"));
    CHECK(strstr(refusal(folder), "not a regular file: it is a folder"));
    CHECK(strstr(refusal(file), "none: cannot open: No such file"));
    FILE *written = fopen(file, "w");
    fputs("five!", written);
    fclose(written);
    uint64_t bytes = 0;
    FILE *read = regular_file_open(file, &bytes, NULL);
    char text[8] = "";
    CHECK(read && bytes == 5 && fread(text, 1, 7, read) == 5 && !strcmp(text, "five!"));
    if (read) fclose(read);
}

TEST(utf8_reads_every_character_and_nothing_else) {
    static const struct {
        const char *bytes;
        int length; /* of the first character; 0: none */
        unsigned code;
    } rows[] = {
        { "a", 1, 'a' },
        { "\x7f", 1, 0x7f },
        { "\xc2\x80", 2, 0x80 },
        { "\xdf\xbf", 2, 0x7ff },
        { "\xe0\xa0\x80", 3, 0x800 },
        { "\xef\xbf\xbf", 3, 0xffff },
        { "\xf0\x90\x80\x80", 4, 0x10000 },
        { "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
        { "\x80", 0, 0 },             /* continues nothing */
        { "\xc1\xbf", 0, 0 },         /* overlong */
        { "\xe0\x9f\xbf", 0, 0 },     /* overlong */
        { "\xf0\x8f\xbf\xbf", 0, 0 }, /* overlong */
        { "\xed\xa0\x80", 0, 0 },     /* a surrogate */
        { "\xf4\x90\x80\x80", 0, 0 }, /* above U+10FFFF */
        { "\xf8\x88\x80\x80", 0, 0 },
        { "\xe2\x82", 0, 0 }, /* cut short */
        { "\xfc\xdf", 0, 0 }, /* Latin-1 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned code = 0;
        const size_t count = strlen(rows[i].bytes);
        test_case("utf8 row %zu", i);
        const int length = utf8_read(rows[i].bytes, count, &code);
        CHECK(length == rows[i].length && (!length || code == rows[i].code));
        CHECK(utf8_is_valid(rows[i].bytes, count) == (length > 0));
    }
}
