/* The JSON reader: valid texts, invalid texts, and arbitrary bytes. */
#include "tensor/json.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool accepts(const char *text, size_t length, Error *error) {
    JsonReader reader = json_reader(text, length, error);
    json_skip(&reader);
    json_finish(&reader);
    return !reader.failed;
}

TEST(tensor_json_accepts) {
    const char *const texts[] = {
        "{}",
        " [ ] ",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12.5e-3",
        "1E+2",
        "\"\"",
        "[1,2,[3,{\"a\":[]}]]",
        "{\"a\":1,\"b\":{\"c\":\"d\"}}",
        "\"\\u00e9\\n\\/\\ud83d\\ude00\"",
        "\t\r\n{ \"a\" : [ null , true ] }\n",
        "\"\xc3\xa9\xf0\x9f\x98\x80\xed\x9f\xbf\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Error error = { "" };
        test_case("JSON that is good: %s", texts[i]);
        CHECK(accepts(texts[i], strlen(texts[i]), &error) && !error.text[0]);
    }
}

TEST(tensor_json_refuses) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "", "byte 0: expected a value" },
        { "{", "byte 1" },
        { "{\"a\"", "expected ':', found the end" },
        { "{\"a\":}", "byte 5: expected a value" },
        { "{\"a\":1,}", "expected a string" },
        { "{a:1}", "expected a string" },
        { "{\"a\":1 \"b\":2}", "expected ',' or '}'" },
        { "[1,]", "expected a value" },
        { "[1 2]", "expected ',' or ']'" },
        { "[1}", "expected ',' or ']'" },
        { "01", "starts with 0" },
        { "-", "expected a digit" },
        { "1.", "expected a digit" },
        { "1e", "expected a digit" },
        { "+1", "expected a value" },
        { ".5", "expected a value" },
        { "NaN", "expected a value" },
        { "nul", "expected 'null'" },
        { "truth", "expected 'true'" },
        { "\"abc", "a string has no end" },
        { "\"abc\\", "escape" },
        { "\"\\x\"", "unknown escape" },
        { "\"\\u12g4\"", "four hexadecimal digits" },
        { "\"\\u12", "four hexadecimal digits" },
        { "\"\\u0000\"", "\\u0000" },
        { "\"\\ud800\"", "unpaired surrogate" },
        { "\"\\ud800\\u0041\"", "unpaired surrogate" },
        { "\"\\udc00\"", "unpaired surrogate" },
        { "\"\\udc00\\udc00\"", "unpaired surrogate" },
        { "\"a\x1f\"", "control character" },
        { "\"\xf5\x80\x80\x80\"", "not UTF-8" }, /* no such first byte */
        { "\"a\nb\"", "control character" },
        { "\"\xff\"", "not UTF-8" },
        { "\"\xc0\xaf\"", "not UTF-8" },         /* overlong */
        { "\"\xe0\x80\xaf\"", "not UTF-8" },     /* overlong */
        { "\"\xed\xa0\x80\"", "not UTF-8" },     /* a surrogate */
        { "\"\xf4\x90\x80\x80\"", "not UTF-8" }, /* above U+10FFFF */
        { "\"\xf0\x80\x80\x80\"", "not UTF-8" }, /* overlong */
        { "\"\xe2\x82\"", "not UTF-8" },         /* cut short by the quote */
        { "\"\xe2\x82", "not UTF-8" },           /* cut short by the end */
        { "{} {}", "byte 3: expected the end" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Error error = { "" };
        test_case("JSON that is bad: %s", cases[i].text);
        CHECK(!accepts(cases[i].text, strlen(cases[i].text), &error));
        if (!strstr(error.text, cases[i].message))
            test_fail(__FILE__, __LINE__, "message '%s', expected '%s'", error.text,
                      cases[i].message);
    }
}

TEST(tensor_json_limits_nesting) {
    char text[2 * JSON_MAX_DEPTH + 2];
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        Error error = { "" };
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        CHECK(accepts(text, 2 * (size_t)depth, &error) == (depth == JSON_MAX_DEPTH));
    }
    const size_t length = 10000000; /* deep enough to end a careless recursion */
    char *deep = malloc(length);
    memset(deep, '[', length);
    CHECK(!accepts(deep, length, NULL));
    free(deep);
}

TEST(tensor_json_reads_values) {
    const char text[] = "{\"s\":\"a\\u00E9\\ud83d\\ude00\\\"\\t\",\"n\":18446744073709551615,"
                        "\"x\":[-2.5e1,true,false],\"skipped\":{\"deep\":[1,{}]}}";
    JsonReader reader = json_reader(text, sizeof text - 1, NULL);
    char *key, *string = NULL, keys[16] = "";
    double number = 0;
    uint64_t count = 0;
    json_open(&reader, '{');
    while ((key = json_next_key(&reader))) {
        strncat(keys, key, 1);
        if (*key == 'n')
            count = json_unsigned(&reader);
        else if (*key == 'x') {
            CHECK(json_open(&reader, '[') && json_next_element(&reader));
            number = json_number(&reader);
            CHECK(json_next_element(&reader) && json_boolean(&reader));
            CHECK(json_next_element(&reader) && !json_boolean(&reader));
            CHECK(!json_next_element(&reader));
        } else if (key[1])
            json_skip(&reader);
        else
            string = json_string(&reader);
        free(key);
    }
    CHECK(json_finish(&reader) && !reader.failed);
    CHECK(string && !strcmp(string, "a\xc3\xa9\xf0\x9f\x98\x80\"\t"));
    CHECK(!strcmp(keys, "snxs") && count == UINT64_MAX && number == -25);
    free(string);
}

TEST(tensor_json_refuses_numbers_that_are_not_whole) {
    const char *const texts[] = { "-1",    "1.0",
                                  "1e3",   "18446744073709551616",
                                  "\"1\"", "99999999999999999999999" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        JsonReader reader = json_reader(texts[i], strlen(texts[i]), NULL);
        test_case("whole number from %s", texts[i]);
        json_unsigned(&reader);
        CHECK(reader.failed);
    }
}

/* What is written reads back, whatever the bytes of the string. */
TEST(tensor_json_string_round_trip) {
    char all[128], *back;
    JsonText text = { 0 };
    for (int i = 0; i < 127; i++) all[i] = (char)(i + 1);
    all[127] = 0;
    json_append_string(&text, all);
    JsonReader reader = json_reader(text.bytes, text.length, NULL);
    back = json_string(&reader);
    CHECK(back && !strcmp(back, all) && json_finish(&reader));
    free(back);
    free(text.bytes);
}

/* Valid text with bytes changed, cut out or cut off: it may be accepted or refused with a message.
 * The sanitizers watch. */
TEST(tensor_json_survives_damage) {
    const char good[] = "{\"__metadata__\":{\"a\":\"\\u00e9\\ud83d\\ude00\"},\"w\":{\"dtype\":"
                        "\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},\"z\":[1.5e3,null]}";
    const char alphabet[] = "{}[]\",:\\u0e-+.tfn \xff\xc3\xa9";
    Random random = random_stream(5, 0, 0, 0);
    int refused = 0;
    for (int trial = 0; trial < 20000; trial++) {
        char *text = malloc(sizeof good); /* the exact size, so that a stray read shows */
        size_t length = sizeof good - 1;
        Error error = { "" };
        memcpy(text, good, sizeof good);
        for (uint64_t changes = random_below(&random, 4); changes > 0; changes--)
            text[random_below(&random, length)] =
                alphabet[random_below(&random, sizeof alphabet - 1)];
        length -= random_below(&random, 2) * random_below(&random, length);
        text = realloc(text, length);
        const bool good_text = accepts(text, length, &error);
        CHECK(good_text == !error.text[0]);
        refused += !good_text;
        free(text);
    }
    CHECK(refused > 10000 && refused < 20000);
}
