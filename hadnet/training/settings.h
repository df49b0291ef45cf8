/* settings.h - everything that a training run can be told.
 *
 * One struct, one table of options: `hadnet_train --help` prints it, settings.txt of a run holds
 * it, and --resume reads it back. The defaults are the paper's recipe.
 */
#ifndef HADNET_SETTINGS_H
#define HADNET_SETTINGS_H

#include "data/image/image.h"
#include "hadnet/command_line/choose_device.h"
#include "hadnet/command_line/options.h"
#include "hadnet/model/network.h"
#include "hadnet/training/mask_settings.h"

enum { SETTINGS_OPTIONS_MAX = 48 };

typedef enum AfssTarget { AFSS_TARGET_HST, AFSS_TARGET_MASK } AfssTarget;
typedef enum Schedule { SCHEDULE_STEP, SCHEDULE_COSINE } Schedule;

typedef struct Settings {
    /* Data. */
    int dataset, split; /* indices into dataset_choices, split_choices */
    const char *data;
    MaskSettings masks;
    int size, limit;
    int synth_images;
    int max_megapixels; /* larger images are refused */
    /* Network. */
    int config, space, reduce, ard, afss_target;
    double curvature;
    bool no_ard;
    const char *pretrained;
    bool pretrained_partial;
    /* Recipe. */
    int epochs, batch, schedule, seed;
    double learning_rate, weight_decay, class_weight_power, jitter;
    int afss_batches;
    /* Machine. */
    int threads;
    DeviceSettings device;
    /* Of one call, not of the run. */
    const char *out, *resume;
    bool summary;
} Settings;

extern const char *const dataset_choices[]; /* ended by NULL, as all choices are */
extern const char *const split_choices[];

/* Whether a dataset (an index into dataset_choices) is read from a folder: all but synth. */
bool dataset_has_folder(int dataset);

/* The defaults. epochs 0 stands for the dataset's own default; see settings_epochs. */
Settings settings_default(void);

/* The option table over the settings' fields; table has room for SETTINGS_OPTIONS_MAX. Returns how
 * many there are. The first call of options_parse on it fills the settings. */
int settings_options(Settings *settings, Option *table);

/* --max-megapixels, of every program that reads images. */
Option option_max_megapixels(int *target);

/* What the options alone cannot say: --data is given unless the dataset is synth, and options that
 * say how to use another come with it. */
bool settings_check(const Settings *settings, Error *error);

/* Epochs per training stage: --epochs, or 150 as in the paper (12 for synth). */
int settings_epochs(const Settings *settings);

/* The fewest steps of an epoch: where --epochs is not given, a small set is shown several times an
 * epoch, so that 150 epochs are enough steps to learn from it. Else 1. */
int settings_epoch_steps(const Settings *settings);

/* The network that the settings ask for. */
NetworkOptions settings_network(const Settings *settings, int classes);

/* The learning rate of a step of a stage with `steps` steps in all: `step` decays tenfold at 70%
 * and 90% of them, `cosine` falls to 1%; both warm up over the first steps. */
double settings_learning_rate(const Settings *settings, int64_t step, int64_t steps);

#endif
