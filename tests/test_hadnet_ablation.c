/* The tables of hadnet_ablate, and the statistics that it prints. */
#include "hadnet/ablation/ablation_table.h"
#include "hadnet/ablation/paired_difference.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

/* Student's own table: t such that P(|T| <= t) = 95%. */
TEST(ablation_student_quantile) {
    const double expected[] = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262 };
    for (int n = 1; n <= 9; n++) CHECK_NEAR(student_quantile(n), expected[n - 1], 2e-4);
    CHECK_NEAR(student_quantile(30), 2.042, 2e-4);
    CHECK_NEAR(student_quantile(63), 1.998, 2e-4);
}

TEST(ablation_spread) {
    const double values[] = { 1, NAN, 2, 6 };
    const Spread spread = spread_of(values, 4);
    CHECK(spread.count == 3);
    CHECK_NEAR(spread.mean, 3, 1e-12);
    CHECK_NEAR(spread.deviation, sqrt(7), 1e-12); /* (4 + 1 + 9) / 2 */
    CHECK_NEAR(spread.half, 4.3027 * sqrt(7.0 / 3), 1e-4);
    const Spread one = spread_of(values, 2), none = spread_of(values + 1, 1);
    CHECK(one.count == 1 && one.mean == 1 && isnan(one.deviation) && isnan(one.half));
    CHECK(none.count == 0 && isnan(none.mean));
}

/* Pairs differ by 1 always, though the rows differ by far more among themselves. */
TEST(ablation_paired_differences) {
    const double a[] = { 11, 51, NAN, 91 }, b[] = { 10, 50, 70, 90 };
    const Spread spread = spread_of_differences(a, b, 4);
    CHECK(spread.count == 3 && spread.mean == 1 && spread.deviation == 0 && spread.half == 0);
}

/* Folders within a table differ, its first row starts from nothing, and the reference exists. */
TEST(ablation_tables) {
    for (int i = 0; ablation_choices[i]; i++) {
        const AblationTable *table = ablation_table(i);
        test_case("ablation_tables: %s", ablation_choices[i]);
        CHECK(!strcmp(table->name, ablation_choices[i]));
        CHECK(table->count > 1 && table->count <= ABLATION_ROWS_MAX);
        CHECK(table->reference >= 0 && table->reference < table->count);
        CHECK(table->rows[0].start == ABLATION_FROM_NOTHING && table->rows[0].selections == 1);
        for (int row = 0; row < table->count; row++) {
            CHECK(table->rows[row].name && table->rows[row].selections >= 1);
            for (int other = 0; other < row; other++)
                CHECK(strcmp(table->rows[row].folder, table->rows[other].folder) != 0);
        }
    }
}
