/* test_hadnet_device.c - the device that --device and --exact choose. */
#include "hadnet/command_line/choose_device.h"
#include "tests/test.h"

#include <string.h>

static const Device *choose(char **words, int count, DeviceSettings *settings, Error *error) {
    Option table[2];
    *settings = (DeviceSettings){ 0 };
    Options options = { .program = "program", .purpose = "Does it.", .table = table };
    options.count = device_options(settings, table);
    CHECK(options_parse(&options, count, words, error) == OPTIONS_READY);
    options_free(&options);
    return choose_device(settings, error);
}

TEST(device_is_the_cpu_when_asked_for) {
    DeviceSettings settings;
    char *words[] = { "program", "--device", "cpu", "--exact", NULL };
    CHECK(choose(words, 4, &settings, NULL) == device_cpu());
    CHECK(settings.exact);
    CHECK(!device_cpu_may_round_products());
    CHECK(choose(words, 3, &settings, NULL) == device_cpu());
    CHECK(!settings.exact && device_cpu_may_round_products());
}

/* By default an emulated GPU is not chosen. */
TEST(device_is_a_real_one_by_default) {
    DeviceSettings settings;
    char *words[] = { "program", NULL };
    const Device *device = choose(words, 1, &settings, NULL);
    CHECK(device->kind == DEVICE_GPU ? !device->in_process : device == device_cpu());
}

TEST(device_gpu_is_there_or_says_why_not) {
    DeviceSettings settings;
    Error error = { "" };
    char *words[] = { "program", "--device=gpu", NULL };
    const Device *device = choose(words, 2, &settings, &error);
    CHECK(device ? device->kind == DEVICE_GPU : strstr(error.text, "device gpu: ") == error.text);
}
