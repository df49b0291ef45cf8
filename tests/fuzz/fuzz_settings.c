/* fuzz_settings.c - settings.txt, as --resume reads it: accepted values must be in range. */
#include "hadnet/training/settings.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    Settings settings = settings_default();
    Option table[SETTINGS_OPTIONS_MAX];
    Options options = { .program = "fuzz", .purpose = "", .table = table };
    char name[] = "fuzz", *arguments[] = { name, NULL };
    Error error = { "" };
    options.count = settings_options(&settings, table);
    PROMISE(options_parse(&options, 1, arguments, &error) == OPTIONS_READY, "%s", error.text);
    const bool good = options_read(&options, fuzz_file(bytes, count), &error);
    fuzz_judge(good, &error);
    for (int i = 0; good && i < options.count; i++) {
        const Option *option = &options.table[i];
        const double value = option->type == OPTION_INTEGER ? *option->target.integer
                             : option->type == OPTION_REAL  ? *option->target.real
                                                            : option->low;
        PROMISE(value >= option->low && value <= option->high, "%s is %g", option->name, value);
    }
    if (good) {
        const bool fit = settings_check(&settings, &error);
        fuzz_judge(fit, &error);
        settings_network(&settings, 4);
        settings_epochs(&settings);
    }
    options_free(&options);
    return 0;
}
