/* recipe.c - the recipes, as option values, and their effect. */
#include "hadnet/training/recipe.h"

#include "hadnet/command_line/option_value.h"

#include <stddef.h>
#include <string.h>

typedef struct RecipeValue {
    const char *option, *value;
} RecipeValue;

/* Measured on neu-seg with `compact`; bench/README.md has the run. ARD keeps channels in their places,
 * as in rank order a slot holds another channel in nearly every image. */
static const RecipeValue compact_values[] = {
    { "decoder", "top-down" },
    { "ard", "mask" },
    { "optimiser", "adamw" },
    { "weight-decay", "0.02" },
    { "lr", "0.002" },
    { "schedule", "one-cycle" },
    { "rise", "0.2" },
    { "average", "0.999" },
    { "class-weight-power", "0" },
    { "lovasz", "0.5" },
    { "scale", "0.25" },
    { "stage-shares", "5:1" },
    { NULL, NULL },
};

/* On top of those. Of mt-defect most images have no defect, and blowholes and cracks cover some
 * hundred pixels: they are drawn more often, larger, and weigh more. */
static const RecipeValue mt_defect_values[] = {
    { "size", "320" },        { "fit", "stretch" }, { "class-weight-power", "0.25" },
    { "repeat-rare", "0.3" }, { "scale", "0.3" },   { "average", "0.998" },
    { NULL, NULL },
};

/* The paper stretches images to 256x256. */
static const RecipeValue paper_values[] = { { "fit", "stretch" }, { NULL, NULL } };

/* Of a dataset that nobody has measured: classes may be as rare. */
static const RecipeValue other_values[] = { { "repeat-rare", "0.1" }, { NULL, NULL } };

static void apply(const RecipeValue *values, const Options *options) {
    for (; values->option; values++) {
        Option *option = option_find(options, values->option, strlen(values->option));
        OptionValue value;
        Error error;
        if (option->source != OPTION_DEFAULT) continue;
        const bool good = option_value_parse(option, values->option, values->value, &value, &error);
        PROMISE(good, "recipe: %s", error.text);
        option_value_set(option, value);
    }
}

void recipe_apply(const Settings *settings, const Options *options) {
    const char *dataset = dataset_choices[settings->dataset];
    const bool measured = settings->config == 0 && dataset_has_folder(settings->dataset);
    if (settings->recipe == RECIPE_PAPER && !settings->resume) apply(paper_values, options);
    if (settings->recipe != RECIPE_BEST || !measured || settings->resume) return;
    apply(compact_values, options);
    if (!strcmp(dataset, "mt-defect"))
        apply(mt_defect_values, options);
    else if (strcmp(dataset, "neu-seg") != 0)
        apply(other_values, options);
    /* Weights decay in AdamW alone: another --optimiser leaves the recipe's decay without effect. */
    if (settings->optimiser != OPTIMISER_ADAMW)
        apply((const RecipeValue[]){ { "weight-decay", "0" }, { NULL, NULL } }, options);
}
