/* recipe.h - sets of training options that belong together, by dataset.
 *
 * `--recipe best` is the best that has been measured on the dataset (bench/README.md), `--recipe paper`
 * the paper's own. An option on the command line wins.
 */
#ifndef HADNET_RECIPE_H
#define HADNET_RECIPE_H

#include "hadnet/command_line/options.h"
#include "hadnet/training/settings.h"

/* Give every option of the table over settings that the command line did not give the recipe's value.
 * A resumed run keeps those that its settings file records. */
void recipe_apply(const Settings *settings, const Options *options);

#endif
