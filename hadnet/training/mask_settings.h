/* mask_settings.h - what a user says of the values in masks; data/labels/label_rule.h says what follows.
 */
#ifndef HADNET_MASK_SETTINGS_H
#define HADNET_MASK_SETTINGS_H

#include "hadnet/command_line/options.h"

typedef struct MaskSettings {
    int threshold;    /* 1..255: values from there up are the defect; 0: not said */
    int ignore_label; /* 0..255: a value that is not judged; -1: not said */
} MaskSettings;

/* Nothing said. */
MaskSettings mask_settings_default(void);

/* --mask-threshold and --ignore-label over `settings`; table has room for two. */
int mask_options(MaskSettings *settings, Option *table);

/* Where the command line is silent, take what the weights were trained with. */
void mask_settings_complete(MaskSettings *settings, const Options *options,
                            const MaskSettings *trained);

#endif
