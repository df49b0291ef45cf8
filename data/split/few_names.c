/* few_names.c - counts names and keeps the first few. */
#include "data/split/few_names.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_AT_MOST = 3 };

void few_names_add(FewNames *few, const char *name) {
    const size_t used = strlen(few->names), room = sizeof few->names - used;
    if (few->count++ < NAMED_AT_MOST)
        snprintf(few->names + used, room, "%s%.60s", used ? ", " : "", name);
    else if (few->count == NAMED_AT_MOST + 1)
        snprintf(few->names + used, room, ", ...");
}

void few_names_append(char *text, size_t room, const FewNames *few, const char *what) {
    const size_t used = strlen(text);
    if (few->count > 0)
        snprintf(text + used, room - used, "%s%d %s (%s)", used ? ", " : "", few->count, what,
                 few->names);
}
