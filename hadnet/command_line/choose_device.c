/* choose_device.c - parses --device and --exact, and picks the device. */
#include "hadnet/command_line/choose_device.h"

static const char *const device_choices[] = { "auto", "cpu", "gpu", NULL };

int device_options(DeviceSettings *settings, Option *table) {
    table[0] = option_choice("device", device_choices,
                             "where to compute; auto: a GPU if there is one, otherwise the CPU",
                             &settings->choice);
    table[1] = option_flag("exact",
                           "plain float products, not faster ones that round more: tf32 on a GPU, "
                           "Winograd's form of 3x3 convolutions on the CPU",
                           &settings->exact);
    return 2;
}

static const Device *best_device(void) {
    const Device *gpu = device_find("gpu", NULL);
    return gpu && !gpu->in_process ? gpu : device_cpu();
}

const Device *choose_device(const DeviceSettings *settings, Error *error) {
    const Device *device = settings->choice == DEVICE_CHOICE_AUTO
                               ? best_device()
                               : device_find(device_choices[settings->choice], error);
    if (device) device->round_products(!settings->exact);
    return device;
}
