/* split_choice.h - --split of every program that reads a dataset. */
#ifndef HADNET_SPLIT_CHOICE_H
#define HADNET_SPLIT_CHOICE_H

#include "data/split/split.h"
#include "hadnet/command_line/options.h"

typedef struct SplitChoice {
    SplitKind kind;
    const char *list; /* SPLIT_FILE: the path of the list, a part of the option's text */
} SplitChoice;

/* --split; *target becomes "official", "scene" or "file:FILE". */
Option option_split(const char *help, const char **target);

/* Understand such a text; false with one line for any other. */
bool split_choice_of(const char *text, SplitChoice *choice, Error *error);

/* The text of a list: "file:" and its path as seen from any folder. Of any other split a copy of the
 * text. The caller frees. */
char *split_choice_absolute(const char *text);

/* Give every sample its part. */
bool split_choice_apply(const SplitChoice *choice, Dataset *dataset, uint64_t seed, Error *error);

#endif
