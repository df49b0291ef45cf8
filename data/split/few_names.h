/* few_names.h - counts names and keeps the first few, for messages such as "3 missing (a, b, c)".
 * Private to data/. */
#ifndef DATA_FEW_NAMES_H
#define DATA_FEW_NAMES_H

#include <stddef.h>

typedef struct FewNames {
    int count;
    char names[200]; /* the first three, then "..." */
} FewNames;

void few_names_add(FewNames *few, const char *name);

/* Append "3 WHAT (a, b, c)" to text, of `room` bytes, after ", " if something is there; nothing if
 * no name was added. */
void few_names_append(char *text, size_t room, const FewNames *few, const char *what);

#endif
