/* test_hadnet_reconstruction_float.c - how much of the features is rebuilt, and where, by the
 * definition. */
#include "data/dataset.h"
#include "hadnet/model/feature_statistics.h"
#include "hadnet/reports/mask_cells.h"
#include "hadnet/training/reconstruction.h"
#include "tests/test.h"

#include <math.h>

TEST(mask_cells_hold_the_share_of_defect) {
    enum { IGNORED = LABEL_IGNORE };
    static const uint8_t labels[6][6] = {
        { 0, 0, 1, 2, 0, 0 }, { 0, 0, 3, 1, 0, IGNORED }, { 0, 0, 0, 0, IGNORED, 1 },
        { 0, 5, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0, 0 },       { 0, 0, 0, 0, 0, 1 },
    };
    float shares[9];
    mask_cells(labels[0], 6, 3, 3, shares);
    const float expected[9] = { 0, 1, 0, 0.25f, 0, 0.25f, 0, 0, 0.25f };
    for (int i = 0; i < 9; i++) CHECK(shares[i] == expected[i]);
    float uneven[4]; /* 6 pixels in 4 rows: of 1, 2, 1 and 2 */
    mask_cells(labels[0], 6, 4, 1, uneven);
    CHECK_NEAR(uneven[0], 2.0 / 6, 1e-6);
    CHECK_NEAR(uneven[1], 3.0 / 12, 1e-6);
}

static const Architecture one_level = { .name = "one", .levels = 1, .kept = { 2 } };

TEST(reconstruction_ratio_is_the_error_over_the_variance) {
    static const real features[8] = { 1, 10, 3, 30, 5, 20, 100, -7 };
    static const real rebuilt[8] = { 1, 12, 2, 30, 5, 21, 0, 0 };
    static const float shares[4] = { 0, 0, 0, 0.5f }; /* the last one is of neither kind */
    Reconstruction reconstruction;
    CHECK(reconstruction_create(&reconstruction, &one_level, NULL));
    CHECK(isnan(reconstruction_ratio(&reconstruction, 0, CELL_NORMAL)));
    reconstruction_add(&reconstruction, 0, 4, features, rebuilt, shares);
    CHECK_NEAR(reconstruction_ratio(&reconstruction, 0, CELL_NORMAL), 6.0 / 208, 1e-12);
    CHECK(isnan(reconstruction_ratio(&reconstruction, 0, CELL_DEFECT)));
    static const float defect[4] = { 0.6f, 1, 0.5f, 0.1f };
    reconstruction_add(&reconstruction, 0, 4, features, rebuilt, defect);
    CHECK_NEAR(reconstruction_ratio(&reconstruction, 0, CELL_DEFECT), 5.0 / 202, 1e-12);
    CHECK_NEAR(reconstruction_ratio(&reconstruction, 0, CELL_NORMAL), 6.0 / 208, 1e-12);
    reconstruction_free(&reconstruction);
}

TEST(feature_statistics_are_those_of_all_batches) {
    FeatureStatistics statistics;
    static const real mean[2][2] = { { 1, 5 }, { 3, 5 } }, square[2][2] = { { 2, 25 }, { 12, 25 } };
    real m[2], v[2];
    CHECK(feature_statistics_create(&statistics, 2, NULL));
    for (int i = 0; i < 2; i++) feature_statistics_add(&statistics, mean[i], square[i]);
    feature_statistics_finish(&statistics, m, v);
    CHECK(m[0] == 2 && v[0] == 3 && m[1] == 5 && v[1] == 0);
    feature_statistics_destroy(&statistics);
}
