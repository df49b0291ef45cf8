/* mask_settings.h - the user's options on mask values; data/labels/label_rule.h has their
 * effect. */
#ifndef HADNET_MASK_SETTINGS_H
#define HADNET_MASK_SETTINGS_H

#include "hadnet/command_line/options.h"

typedef struct MaskSettings {
    int threshold;    /* 1..255: values from there up are the defect; 0: not given */
    int ignore_label; /* 0..255: the value of ignored pixels; -1: not given */
} MaskSettings;

/* Neither is given. */
MaskSettings mask_settings_default(void);

/* --mask-threshold and --ignore-label over `settings`; table has room for two. */
int mask_options(MaskSettings *settings, Option *table);

/* Options missing from the command line get the values that the weights were trained with. */
void mask_settings_complete(MaskSettings *settings, const Options *options,
                            const MaskSettings *trained);

#endif
