/* fuzz_metrics.c - metrics.csv: reads the table, and draws its curves. */
#include "hadnet/reports/csv.h"
#include "hadnet/reports/epoch_curves.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    Csv table;
    Error error = { "" };
    const bool good = csv_read(fuzz_file(bytes, count), &table, &error);
    fuzz_judge(good, &error);
    if (!good) return 0;
    Image picture = curves_draw(&table, epoch_panels, EPOCH_PANELS);
    image_free(&picture);
    csv_free(&table);
    return 0;
}
