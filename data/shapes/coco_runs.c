/* coco_runs.c - reads COCO's runs of pixels. */
#include "data/shapes/coco_runs.h"

#include <stdlib.h>

/* The text of pycocotools: a character c holds c - 48, of which five bits are a digit in base 32, the
 * lowest first, and the sixth says that another follows. The last digit's highest bit is the sign.
 * From the fourth number on a number is the difference from the one before the previous. */
static void read_text(JsonReader *json, const char *text, Drawing *drawing) {
    const size_t first = drawing->number_count;
    while (*text) {
        int64_t value = 0;
        int digits = 0, digit;
        do {
            digit = *text ? *text++ - '0' : -1;
            if (digit < 0 || digit > 63 || digits == 7) {
                json_fail(json, "counts that are no text of pycocotools");
                return;
            }
            value += (int64_t)(digit & 31) << (5 * digits++);
        } while (digit & 32);
        if (digit & 16) value -= (int64_t)1 << (5 * digits);
        const size_t count = drawing->number_count - first;
        if (count > 2) value += (int64_t)drawing->numbers[drawing->number_count - 2];
        if (value < 0) {
            json_fail(json, "a run of %lld pixels", (long long)value);
            return;
        }
        drawing_add_number(drawing, (double)value);
    }
}

void coco_runs_read(JsonReader *json, Drawing *drawing) {
    if (json_peek(json) == '"') {
        char *text = json_string(json);
        if (text) read_text(json, text, drawing);
        free(text);
        return;
    }
    json_open(json, '[');
    while (json_next_element(json)) drawing_add_number(drawing, (double)json_unsigned(json));
}

void coco_runs_check(JsonReader *json, const Drawing *drawing, int width, int height) {
    double pixels = 0;
    for (size_t i = 0; i < drawing->number_count; i++) pixels += drawing->numbers[i];
    if (pixels != (double)width * height)
        json_fail(json, "runs of %.0f pixels; expected %d x %d", pixels, width, height);
}
