/* safetensors files: those written by Python, malformed ones, and a full disk. */
#include "nn/safetensors.h"
#include "tensor/random.h"
#include "tests/leftovers.h"
#include "tests/safetensors_fixtures.h"
#include "tests/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_in_new_folder(void) {
    static char path[128];
    snprintf(path, sizeof path, "%s/w.safetensors", test_folder());
    return path;
}

static void write_bytes(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, count, file) == count);
    if (file) fclose(file);
}

static SafetensorsFile *open_bytes(const void *bytes, size_t count, Error *error) {
    const char *path = path_in_new_folder();
    write_bytes(path, bytes, count);
    return safetensors_open(path, error);
}

/* ---- Files written by Python ---- */

TEST(nn_safetensors_reads_float32_and_metadata) {
    SafetensorsFile *file = open_bytes(fixture_float32, sizeof fixture_float32, NULL);
    CHECK(file && file->count == 3);
    if (!file) return;
    const SafetensorsEntry *weight = safetensors_find(file, "conv.weight");
    const SafetensorsEntry *bias = safetensors_find(file, "conv.bias");
    real numbers[24];
    CHECK(weight && weight->rank == 4 && weight->size[0] == 2 && weight->size[1] == 3);
    CHECK(weight && safetensors_read(file, weight, numbers, NULL));
    for (int i = 0; i < 24; i++) CHECK(numbers[i] == i);
    CHECK(bias && safetensors_read(file, bias, numbers, NULL));
    CHECK(numbers[0] == (real)0.5 && numbers[1] == -2);
    CHECK(safetensors_find(file, "num_batches_tracked")->rank == 0);
    CHECK(safetensors_read(file, safetensors_find(file, "num_batches_tracked"), numbers, NULL));
    CHECK(numbers[0] == 7);
    CHECK(!strcmp(metadata_get(&file->metadata, "classes"), "a,\xc3\xa9,\"b\"\n"));
    CHECK(!metadata_get(&file->metadata, "class") && !safetensors_find(file, "conv"));
    safetensors_close(file);
}

static void check_same_number(real found, float expected) {
    if (isnan(expected))
        CHECK(isnan(found));
    else
        CHECK(found == expected && !signbit(found) == !signbit(expected));
}

static void check_numbers(const unsigned char *bytes, size_t count, const float *expected, int n) {
    SafetensorsFile *file = open_bytes(bytes, count, NULL);
    real numbers[16];
    CHECK(file && file->entries[0].elements == n);
    CHECK(file && safetensors_read(file, &file->entries[0], numbers, NULL));
    for (int i = 0; file && i < n; i++) check_same_number(numbers[i], expected[i]);
    safetensors_close(file);
}

TEST(nn_safetensors_reads_float16) {
    /* The last is the half next to 1/3; -3.05e-5 is subnormal as a half. */
    const float expected[] = { 0,        -0.0f,     1,        -1.5f,     65504, 0x1p-14f,
                               0x1p-24f, -0x1p-15f, INFINITY, -INFINITY, NAN,   0x1.554p-2f };
    check_numbers(fixture_float16, sizeof fixture_float16, expected, 12);
}

TEST(nn_safetensors_reads_bfloat16) {
    const float expected[] = { 0,         -0.0f,      1,        -1.5f,     0x1.fep127f, 0x1p-126f,
                               0x1p-133f, 0x1.56p-2f, INFINITY, -INFINITY, NAN,         0x1p-130f };
    check_numbers(fixture_bfloat16, sizeof fixture_bfloat16, expected, 12);
}

/* All 65536 halves, against the definition. */
TEST(nn_safetensors_float16_definition) {
    for (int bits = 0; bits < 65536; bits++) {
        const int exponent = bits >> 10 & 31, fraction = bits & 1023;
        const float value = float16_to_float((uint16_t)bits);
        const double size = exponent == 31  ? fraction ? (double)NAN : (double)INFINITY
                            : exponent == 0 ? ldexp(fraction, -24)
                                            : ldexp(1024 + fraction, exponent - 25);
        const double expected = bits & 0x8000 ? -size : size;
        CHECK(isnan(expected) ? isnan(value) : (double)value == expected);
        CHECK(!signbit(value) == !(bits & 0x8000));
    }
}

TEST(nn_safetensors_reads_integers) {
    SafetensorsFile *file = open_bytes(fixture_integers, sizeof fixture_integers, NULL);
    real numbers[2];
    Error error = { "" };
    CHECK(file && file->count == 6);
    if (!file) return;
    CHECK(safetensors_read(file, safetensors_find(file, "int64"), numbers, NULL));
    CHECK(numbers[0] == -3 && numbers[1] == (real)1099511627776);
    CHECK(safetensors_read(file, safetensors_find(file, "int32"), numbers, NULL) &&
          numbers[0] == -5);
    CHECK(safetensors_read(file, safetensors_find(file, "uint8"), numbers, NULL) &&
          numbers[0] == 255);
    CHECK(safetensors_read(file, safetensors_find(file, "bool"), numbers, NULL) && numbers[0] == 1);
    CHECK(safetensors_read(file, safetensors_find(file, "float64"), numbers, NULL));
    CHECK(numbers[0] == (real)0.1);
    CHECK(!safetensors_read(file, safetensors_find(file, "int16"), numbers, &error));
    CHECK(strstr(error.text, "'int16'") && strstr(error.text, "I16"));
    safetensors_close(file);
}

TEST(nn_safetensors_reads_empty_files_and_tensors) {
    SafetensorsFile *file = open_bytes(fixture_empty, sizeof fixture_empty, NULL);
    CHECK(file && file->count == 0 && !safetensors_find(file, ""));
    safetensors_close(file);
    file = open_bytes(fixture_no_elements, sizeof fixture_no_elements, NULL);
    CHECK(file && file->count == 3 && safetensors_find(file, "a")->elements == 0);
    CHECK(file && safetensors_read(file, safetensors_find(file, "a"), NULL, NULL));
    safetensors_close(file);
}

/* ---- Malformed files ---- */

#define F32_8 "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"

static const struct {
    const char *header;
    int data_bytes;
    const char *message;
} bad_headers[] = {
    { "", 0, "expected '{'" },
    { "[]", 0, "expected '{'" },
    { "{\"a\":{" F32_8 "}", 8, "expected ','" },
    { "{\"a\":{" F32_8 "}}x", 8, "expected the end" },
    { "{\"a\":1}", 0, "expected '{'" },
    { "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "'a': no field 'dtype'" },
    { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "'a': no field 'shape'" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "'a': no field 'data_offsets'" },
    { "{\"a\":{" F32_8 ",\"more\":1}}", 8, "'a': unknown field 'more'" },
    { "{\"a\":{" F32_8 ",\"shape\":[2]}}", 8, "'a': two fields 'shape'" },
    { "{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
      "unknown dtype 'F31'" },
    { "{\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "expected a string" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "expected '['" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "not negative" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8, "whole number" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8,
      "more than 8 dimensions" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8,
      "its shape is too large" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551615],\"data_offsets\":[0,8]}}", 8,
      "its shape is too large" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,8]}}", 8,
      "do not fill" }, /* times 4 bytes overflows to 4 */
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8,
      "3 numbers of F32 do not fill 8 bytes" },
    { "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
      "2 numbers of F16 do not fill 8 bytes" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8, "needs 2 numbers" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8, "needs 2 numbers" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "bytes 8 to 0 of 8" },
    { "{\"a\":{" F32_8 "}}", 7, "'a': bytes 0 to 8 of 7" },
    { "{\"a\":{" F32_8 "}}", 9, "9 bytes behind the header; its tensors fill 8" },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}", 9, "expected 0" },
    { "{\"a\":{" F32_8 "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12,
      "'b' begins at byte 4; expected 8, where 'a' ends" },
    { "{\"a\":{" F32_8 "},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", 16,
      "'b' begins at byte 12; expected 8, where 'a' ends" },
    { "{\"a\":{" F32_8 "},\"b\":{" F32_8 "}}", 8, "expected 8" },
    { "{\"a\":{" F32_8 "},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}", 12,
      "'a' is there twice" },
    { "{\"__metadata__\":{\"k\":1}}", 0, "expected a string" },
    { "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "metadata 'k' is there twice" },
    { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "two fields '__metadata__'" },
    { "{\"\xff\":{" F32_8 "}}", 8, "not UTF-8" },
    { "\x01\x02\x03 garbage", 0, "expected '{'" },
};

TEST(nn_safetensors_refuses_headers_that_lie) {
    for (size_t i = 0; i < sizeof bad_headers / sizeof *bad_headers; i++) {
        unsigned char bytes[512] = { 0 };
        const uint64_t length = strlen(bad_headers[i].header);
        Error error = { "" };
        test_case("safetensors header %.60s", bad_headers[i].header);
        memcpy(bytes, &length, 8);
        memcpy(bytes + 8, bad_headers[i].header, length);
        CHECK(!open_bytes(bytes, 8 + length + (size_t)bad_headers[i].data_bytes, &error));
        CHECK(strstr(error.text, "w.safetensors: "));
        if (!strstr(error.text, bad_headers[i].message))
            test_fail(__FILE__, __LINE__, "message '%s', expected '%s'", error.text,
                      bad_headers[i].message);
    }
}

TEST(nn_safetensors_refuses_header_lengths_that_lie) {
    const uint64_t lengths[] = { UINT64_MAX,
                                 UINT64_MAX - 7,
                                 100000001,
                                 1 << 20,
                                 sizeof fixture_float16 - 7, /* one byte too many */
                                 INT64_MAX };
    unsigned char bytes[sizeof fixture_float16];
    memcpy(bytes, fixture_float16, sizeof bytes);
    for (int i = 0; i < 6; i++) {
        Error error = { "" };
        memcpy(bytes, &lengths[i], 8);
        CHECK(!open_bytes(bytes, sizeof bytes, &error) && strstr(error.text, "a header of "));
    }
}

/* The limit holds even when the file (here a hole) is long enough. */
TEST(nn_safetensors_refuses_long_headers) {
    const char *path = path_in_new_folder();
    const uint64_t length = SAFETENSORS_MAX_HEADER + 1;
    Error error = { "" };
    write_bytes(path, &length, 8);
    CHECK(truncate(path, 8 + SAFETENSORS_MAX_HEADER + 1) == 0);
    CHECK(!safetensors_open(path, &error) && strstr(error.text, "limit 100000000"));
}

TEST(nn_safetensors_refuses_every_truncation) {
    const char *path = path_in_new_folder();
    write_bytes(path, fixture_float32, sizeof fixture_float32);
    for (int length = sizeof fixture_float32 - 1; length >= 0; length--) {
        Error error = { "" };
        CHECK(truncate(path, length) == 0);
        CHECK(!safetensors_open(path, &error) && error.text[0]);
    }
}

/* A header that would make a careless reader allocate without end. */
TEST(nn_safetensors_refuses_absurd_counts) {
    enum { TENSORS = SAFETENSORS_MAX_TENSORS + 1 };
    char *bytes = malloc(8 + 80 * (size_t)TENSORS), *end = bytes + 8;
    Error error = { "" };
    for (int i = 0; i < TENSORS; i++)
        end += sprintf(end, "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                       i ? ',' : '{', i);
    *end++ = '}';
    const uint64_t length = (uint64_t)(end - bytes - 8);
    memcpy(bytes, &length, 8);
    CHECK(!open_bytes(bytes, (size_t)length + 8, &error) && strstr(error.text, "more than 65536"));
    end = bytes + 8 + sprintf(bytes + 8, "{\"__metadata__\":");
    for (int i = 0; i <= METADATA_MAX_COUNT; i++)
        end += sprintf(end, "%c\"%d\":\"\"", i ? ',' : '{', i);
    end += sprintf(end, "}}");
    const uint64_t metadata_length = (uint64_t)(end - bytes - 8);
    memcpy(bytes, &metadata_length, 8);
    CHECK(!open_bytes(bytes, (size_t)metadata_length + 8, &error));
    CHECK(strstr(error.text, "more than 4096 metadata"));
    free(bytes);
}

/* Headers with bytes changed: taken or refused, never more than that. The sanitizers watch. */
TEST(nn_safetensors_survives_damage) {
    Random random = random_stream(9, 0, 0, 0);
    uint64_t length;
    int refused = 0;
    memcpy(&length, fixture_float32, 8);
    for (int trial = 0; trial < 20000; trial++) {
        SafetensorsFile *file = calloc(1, sizeof *file);
        char *header = malloc(length); /* the exact size, so that a stray read shows */
        Error error = { "" };
        memcpy(header, fixture_float32 + 8, length);
        for (uint64_t changes = 1 + random_below(&random, 3); changes > 0; changes--)
            header[random_below(&random, length)] = (char)random_below(&random, 256);
        const bool good =
            safetensors_parse(file, header, length, sizeof fixture_float32 - 8 - length, &error);
        CHECK(good == !error.text[0]);
        refused += !good;
        safetensors_close(file);
        free(header);
    }
    CHECK(refused > 10000 && refused < 20000);
}

TEST(nn_safetensors_refuses_what_is_no_file) {
    Error error = { "" };
    CHECK(!safetensors_open("/nonexistent/w.safetensors", &error));
    CHECK(strstr(error.text, "/nonexistent/w.safetensors: cannot open: No such file"));
    CHECK(!safetensors_open(test_folder(), &error) && strstr(error.text, "not a regular file"));
    char pipe[128];
    snprintf(pipe, sizeof pipe, "%s/pipe", test_folder());
    CHECK(mkfifo(pipe, 0666) == 0 && !safetensors_open(pipe, &error)); /* and does not wait */
}

TEST(nn_safetensors_notices_a_file_that_shrinks) {
    const char *path = path_in_new_folder();
    real numbers[24];
    Error error = { "" };
    write_bytes(path, fixture_float32, sizeof fixture_float32);
    SafetensorsFile *file = safetensors_open(path, NULL);
    CHECK(truncate(path, sizeof fixture_float32 - 60) == 0);
    CHECK(file && !safetensors_read(file, safetensors_find(file, "conv.weight"), numbers, &error));
    CHECK(strstr(error.text, "cut short"));
    safetensors_close(file);
}

/* ---- Writing ---- */

static void fetch(void *context, int index, real *numbers) {
    const int *counts = context;
    for (int i = 0; i < counts[index]; i++) numbers[i] = (real)(index * 1000 + i) / 8;
}

static const SafetensorsSource sources[] = { { "b.weight", 2, { 2, 3 } },
                                             { "a\"quoted\"", 0, { 0 } },
                                             { "large", 1, { 20001 } },
                                             { "none", 2, { 3, 0 } } };
static int counts[] = { 6, 1, 20001, 0 };

TEST(nn_safetensors_round_trip) {
    const char *path = path_in_new_folder();
    Metadata metadata = { 0 };
    metadata_set(&metadata, "mean", "wrong");
    metadata_set(&metadata, "note", "line\n\"\xc3\xa9\" \\");
    metadata_set(&metadata, "mean", ".491");
    CHECK(safetensors_write(path, sources, 4, &metadata, fetch, counts, NULL));
    SafetensorsFile *file = safetensors_open(path, NULL);
    CHECK(file && file->count == 4 && file->data_at % 8 == 0 && file->metadata.count == 2);
    CHECK(file && !strcmp(metadata_get(&file->metadata, "mean"), ".491"));
    CHECK(file && !strcmp(metadata_get(&file->metadata, "note"), metadata_get(&metadata, "note")));
    real *numbers = malloc(20001 * sizeof *numbers);
    for (int i = 0; file && i < 4; i++) {
        const SafetensorsEntry *entry = safetensors_find(file, sources[i].name);
        CHECK(entry && entry->rank == sources[i].rank && entry->elements == counts[i]);
        CHECK(entry && safetensors_read(file, entry, numbers, NULL));
        for (int j = 0; j < counts[i]; j++) CHECK(numbers[j] == (real)(i * 1000 + j) / 8);
    }
    CHECK(leftovers_beside(path) == 0);
    free(numbers);
    safetensors_close(file);
    metadata_release(&metadata);
}

/* The numbers start at a multiple of 8, however long the header is. */
TEST(nn_safetensors_header_is_padded) {
    for (int length = 1; length <= 8; length++) {
        const char *path = path_in_new_folder();
        Metadata metadata = { 0 };
        char text[16] = "";
        memset(text, 'x', (size_t)length);
        metadata_set(&metadata, "k", text);
        CHECK(safetensors_write(path, sources, 2, &metadata, fetch, counts, NULL));
        SafetensorsFile *file = safetensors_open(path, NULL);
        CHECK(file && file->data_at % 8 == 0);
        safetensors_close(file);
        metadata_release(&metadata);
    }
}

static off_t size_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : -1;
}

/* A limit on file sizes stands for a full disk: the write fails, the old file stays, the new one
 * is gone, and the signal neither ends the program nor waits for its chance. */
TEST(nn_safetensors_full_disk) {
    const char *path = path_in_new_folder();
    Error error = { "" };
    CHECK(safetensors_write(path, sources, 2, NULL, fetch, counts, NULL));
    const off_t before = size_of(path);
    const struct rlimit usual = file_size_limit(4096);
    const bool written = safetensors_write(path, sources, 4, NULL, fetch, counts, &error);
    file_size_limit_restore(usual);
    CHECK(!written && strstr(error.text, path) && strstr(error.text, "File too large"));
    CHECK(before > 0 && size_of(path) == before && leftovers_beside(path) == 0);
    sigset_t pending;
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGXFSZ));
    pthread_sigmask(SIG_BLOCK, NULL, &pending);
    CHECK(!sigismember(&pending, SIGXFSZ));
}

TEST(nn_safetensors_refuses_places_that_cannot_be_written) {
    Error error = { "" };
    CHECK(!safetensors_write("/nonexistent/w", sources, 2, NULL, fetch, counts, &error));
    CHECK(strstr(error.text, "/nonexistent/w: cannot write: No such file"));
    const char *pipe = path_in_new_folder();
    CHECK(mkfifo(pipe, 0666) == 0);
    CHECK(!safetensors_write(pipe, sources, 2, NULL, fetch, counts, &error));
    CHECK(strstr(error.text, "no regular file"));
    CHECK(!safetensors_write(test_folder(), sources, 2, NULL, fetch, counts, &error));
    CHECK(strstr(error.text, "no regular file"));
}

TEST(nn_safetensors_refuses_metadata_that_is_not_utf8) {
    const char *path = path_in_new_folder();
    Metadata metadata = { 0 };
    Error error = { "" };
    metadata_set(&metadata, "classes", "caf\xe9");
    CHECK(!safetensors_write(path, sources, 2, &metadata, fetch, counts, &error));
    CHECK(strstr(error.text, "metadata 'classes' is not UTF-8") && size_of(path) < 0);
    metadata_release(&metadata);
}
