/* metadata_numbers.c - parses numbers and checks them against a range. */
#include "hadnet/model/metadata_numbers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool number_fits(const NumberRange *range, double number) {
    return isfinite(number) && number >= range->low && number <= range->high &&
           (range->kind == NUMBER_REAL || number == floor(number));
}

static bool refuse(const char *path, const char *key, const char *found, const NumberRange *range,
                   int count, Error *error) {
    char some[16] = "a ";
    if (count > 1) snprintf(some, sizeof some, "%d ", count);
    return error_set(error, "%s: metadata '%s' is %s%.60s%s; expected %s%snumber%s in %.10g..%.10g",
                     path, key, found ? "'" : "missing", found ? found : "", found ? "'" : "", some,
                     range->kind == NUMBER_WHOLE ? "whole " : "", count > 1 ? "s" : "", range->low,
                     range->high);
}

bool metadata_numbers(const Metadata *metadata, const char *path, const char *key,
                      const NumberRange *range, int count, double *numbers, Error *error) {
    const char *text = metadata_get(metadata, key), *next = text;
    bool good = text != NULL;
    for (int i = 0; good && i < count; i++) {
        char *end;
        numbers[i] = strtod(next, &end);
        good = end != next && number_fits(range, numbers[i]);
        next = end;
    }
    return (good && !*next) || refuse(path, key, text, range, count, error);
}
