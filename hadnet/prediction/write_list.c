/* write_list.c - parses --write. */
#include "hadnet/prediction/write_list.h"

#include <string.h>

bool write_list_parse(const char *list, ResultsOptions *options, Error *error) {
    const struct {
        const char *name;
        bool *target;
    } rows[] = { { "masks", &options->pictures[RESULT_MASK] },
                 { "overlays", &options->pictures[RESULT_OVERLAY] },
                 { "scores", &options->pictures[RESULT_SCORE] },
                 { "csv", &options->csv },
                 { "json", &options->json } };
    enum { ROWS = sizeof rows / sizeof *rows };
    for (int i = 0; i < ROWS; i++) *rows[i].target = false;
    if (strcmp(list, "none") == 0) return true;
    for (const char *name = list;; name++) {
        const size_t length = strcspn(name, ",");
        int row = 0;
        while (row < ROWS &&
               (strlen(rows[row].name) != length || memcmp(rows[row].name, name, length) != 0))
            row++;
        if (row == ROWS)
            return error_set(error,
                             "--write %s: '%.*s' is unknown; expected a list of masks, overlays, "
                             "scores, csv and json, or none",
                             list, (int)length, name);
        *rows[row].target = true;
        name += length;
        if (!*name) return true;
    }
}
