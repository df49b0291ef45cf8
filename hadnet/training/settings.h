/* settings.h - all settings of a training run.
 *
 * One struct, one table of options: `hadnet_train --help` prints it, settings.txt of a run holds
 * it, and --resume reads it back. The defaults are the paper's recipe; hadnet/training/recipe.h has
 * the others.
 */
#ifndef HADNET_SETTINGS_H
#define HADNET_SETTINGS_H

#include "data/image/image.h"
#include "hadnet/command_line/choose_device.h"
#include "hadnet/command_line/options.h"
#include "hadnet/model/network.h"
#include "hadnet/training/mask_settings.h"

enum { SETTINGS_OPTIONS_MAX = 64 };

typedef enum AfssTarget { AFSS_TARGET_HST, AFSS_TARGET_MASK } AfssTarget;
typedef enum Schedule { SCHEDULE_STEP, SCHEDULE_COSINE, SCHEDULE_ONE_CYCLE } Schedule;
typedef enum RecipeKind { RECIPE_BEST, RECIPE_PAPER } RecipeKind;
typedef enum OptimiserKind { OPTIMISER_ADAM, OPTIMISER_ADAMW } OptimiserKind;

typedef struct Settings {
    /* Data. */
    int dataset;              /* an index into dataset_choices */
    const char *data, *split; /* split: see split_choice.h */
    MaskSettings masks;
    int size, fit, limit; /* fit: a Fit */
    int synth_images;
    int max_megapixels; /* larger images are refused */
    /* Network. */
    int config, decoder, space, reduce, ard, afss_target;
    double curvature, clip;
    bool no_ard, learn_curvature, temperature;
    const char *pretrained;
    bool pretrained_partial;
    /* Recipe. */
    int recipe, epochs, batch, schedule, warm_up, optimiser, seed, selection_seed;
    const char *stage_shares; /* "A:B" */
    double learning_rate, rise, average, weight_decay, class_weight_power, lovasz, lovasz_from,
        auxiliary, jitter, scale, repeat_rare, point_rate;
    int afss_batches, turns; /* turns: an index, see turns_of */
    /* Machine. */
    int threads;
    DeviceSettings device;
    /* Of one call, not of the run. */
    const char *out, *resume, *settings;
    bool summary;
} Settings;

extern const char *const dataset_choices[]; /* ended by NULL, as all choices are */

/* Whether a dataset (an index into dataset_choices) is read from a folder: all but synth. */
bool dataset_has_folder(int dataset);

/* The defaults. epochs 0 means the dataset's own default; see settings_epochs. */
Settings settings_default(void);

/* The option table over the settings' fields; table has room for SETTINGS_OPTIONS_MAX. Returns how
 * many there are. The first call of options_parse on it fills the settings. */
int settings_options(Settings *settings, Option *table);

/* --turns, of every program that runs a network. *target becomes an index; turns_of(*target) is the
 * number of turns. */
Option option_turns(int *target);
int turns_of(int choice);

/* --max-megapixels, of every program that reads images. */
Option option_max_megapixels(int *target);

/* Check combinations of options: --data is given unless the dataset is synth, options that modify
 * another come with it, and every stage with a share of the epochs gets one. */
bool settings_check(const Settings *settings, Error *error);

/* Epochs of the whole run: --epochs, or 150 as in the paper (24 for synth). */
int settings_epochs(const Settings *settings);

/* The epochs of training stage 1 or 3: their sum is settings_epochs. A stage without a share has
 * none; any other has at least one, where there are two. Other stages have none. */
int settings_stage_epochs(const Settings *settings, int stage);

/* The fewest steps of an epoch: without --epochs, a small set is repeated within an epoch, so that
 * 150 epochs are enough steps to learn from it. Otherwise 1. */
int settings_epoch_steps(const Settings *settings);

/* The network that the settings ask for. */
NetworkOptions settings_network(const Settings *settings, int classes);

/* The learning rate of a step of a stage with `steps` steps in all: `step` decays tenfold at 70%
 * and 90% of them, `cosine` falls to 1%, both after a warm-up; `one-cycle` see nn/schedule.h. */
double settings_learning_rate(const Settings *settings, int64_t step, int64_t steps);

#endif
