/* fuzz_metrics.c - metrics.csv: reads the table, and draws its curves. */
#include "hadnet/reports/csv.h"
#include "hadnet/reports/curves.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    static const CurvePanel panels[] = {
        { "training loss", { "loss" }, false },
        { "validation", { "val_miou_defects", "val_miou_all", "val_pixel_auroc" }, true },
    };
    Csv table;
    Error error = { "" };
    const bool good = csv_read(fuzz_file(bytes, count), &table, &error);
    fuzz_judge(good, &error);
    if (!good) return 0;
    Image picture = curves_draw(&table, panels, 2);
    image_free(&picture);
    csv_free(&table);
    return 0;
}
