/* mask_settings.c - the two options, and their defaults from a weight file. */
#include "hadnet/training/mask_settings.h"

static const char THRESHOLD[] = "mask-threshold", IGNORE[] = "ignore-label";

MaskSettings mask_settings_default(void) {
    return (MaskSettings){ .threshold = 0, .ignore_label = -1 };
}

int mask_options(MaskSettings *settings, Option *table) {
    table[0] = option_integer(THRESHOLD, "T",
                              "values of masks from T up are the defect; 0: values are labels",
                              &settings->threshold, 0, 255);
    table[1] = option_integer(IGNORE, "N",
                              "mask value of pixels to ignore; -1: 255, where the masks also have "
                              "labels",
                              &settings->ignore_label, -1, 255);
    return 2;
}

void mask_settings_complete(MaskSettings *settings, const Options *options,
                            const MaskSettings *trained) {
    if (options_source(options, THRESHOLD) != OPTION_GIVEN)
        settings->threshold = trained->threshold;
    if (options_source(options, IGNORE) != OPTION_GIVEN)
        settings->ignore_label = trained->ignore_label;
}
