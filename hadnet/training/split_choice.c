/* split_choice.c - understands --split, and splits a dataset by it. */
#include "hadnet/training/split_choice.h"

#include "data/files.h"
#include "data/split/split_list.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

static const char of_list[] = "file:";
enum { OF_LIST = sizeof of_list - 1 };

Option option_split(const char *help, const char **target) {
    return option_text("split", "official|scene|file:FILE", help, target);
}

bool split_choice_of(const char *text, SplitChoice *choice, Error *error) {
    *choice = (SplitChoice){ SPLIT_OFFICIAL, NULL };
    if (!strncmp(text, of_list, OF_LIST) && text[OF_LIST]) {
        *choice = (SplitChoice){ SPLIT_FILE, text + OF_LIST };
        return true;
    }
    if (split_kind_of(text, &choice->kind, NULL) && choice->kind != SPLIT_FILE) return true;
    return error_set(error, "--split %.200s: expected official, scene, or file:FILE", text);
}

char *split_choice_absolute(const char *text) {
    SplitChoice choice;
    if (!split_choice_of(text, &choice, NULL) || !choice.list) return memory_text(text);
    char *path = path_absolute(choice.list);
    char *result = memory_new(OF_LIST + strlen(path) + 1, 1);
    strcat(strcpy(result, of_list), path);
    free(path);
    return result;
}

bool split_choice_apply(const SplitChoice *choice, Dataset *dataset, uint64_t seed, Error *error) {
    return choice->list ? split_list_read(dataset, choice->list, error)
                        : split_dataset(dataset, choice->kind, seed, error);
}
