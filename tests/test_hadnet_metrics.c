/* test_hadnet_metrics.c - metrics against small cases counted by hand. */
#include "tensor/text_file.h"
#include "hadnet/reports/metrics.h"

#include "tensor/random.h"
#include "tests/leftovers.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Truth 0 0 0 0 1 1 1 2 2 255, prediction 0 0 2 2 1 1 0 2 0 1:
 *
 *               predicted 0  1  2
 *     truth 0             2  0  2      IoU 2/6   F1 4/8
 *           1             1  2  0          2/3      4/5
 *           2             1  0  1          1/4      2/5 */
static const uint8_t truth[] = { 0, 0, 0, 0, 1, 1, 1, 2, 2, 255 };
static const uint8_t prediction[] = { 0, 0, 2, 2, 1, 1, 0, 2, 0, 1 };

TEST(metrics_of_a_case_by_hand) {
    Metrics metrics;
    metrics_begin(&metrics, 4); /* class 3 occurs nowhere */
    CHECK(metrics_add(&metrics, truth, prediction, NULL, 10, NULL));
    const MetricsSummary summary = metrics_summary(&metrics);
    CHECK_NEAR(summary.iou[0], 2 / 6.0, 1e-15);
    CHECK_NEAR(summary.iou[1], 2 / 3.0, 1e-15);
    CHECK_NEAR(summary.iou[2], 1 / 4.0, 1e-15);
    CHECK(isnan(summary.iou[3]) && isnan(summary.f1[3]));
    CHECK_NEAR(summary.f1[0], 4 / 8.0, 1e-15);
    CHECK_NEAR(summary.f1[1], 4 / 5.0, 1e-15);
    CHECK_NEAR(summary.f1[2], 2 / 5.0, 1e-15);
    CHECK_NEAR(summary.miou_defects, (2 / 3.0 + 1 / 4.0) / 2, 1e-15);
    CHECK_NEAR(summary.miou_all, (1 / 3.0 + 2 / 3.0 + 1 / 4.0) / 3, 1e-15);
    CHECK_NEAR(summary.f1_macro, (1 / 2.0 + 4 / 5.0 + 2 / 5.0) / 3, 1e-15);
    CHECK_NEAR(summary.f1_weighted, (4 * 1 / 2.0 + 3 * 4 / 5.0 + 2 * 2 / 5.0) / 9, 1e-15);
    CHECK_NEAR(summary.pixel_accuracy, 5 / 9.0, 1e-15);
    CHECK(summary.pixels == 9 && summary.ignored == 1 && summary.images == 1);
    CHECK(summary.truth_pixels[0] == 4 && summary.truth_pixels[3] == 0);
    CHECK(isnan(summary.pixel_auroc) && isnan(summary.image_auroc));
    metrics_free(&metrics);
}

/* One matrix over the split, not a mean over images: adding pixel by pixel changes nothing. */
TEST(metrics_of_a_split_are_those_of_its_pixels) {
    Metrics metrics;
    metrics_begin(&metrics, 3);
    for (int i = 0; i < 10; i++)
        CHECK(metrics_add(&metrics, truth + i, prediction + i, NULL, 1, NULL));
    const MetricsSummary summary = metrics_summary(&metrics);
    CHECK_NEAR(summary.iou[0], 2 / 6.0, 1e-15);
    CHECK_NEAR(summary.miou_defects, (2 / 3.0 + 1 / 4.0) / 2, 1e-15);
    CHECK(summary.images == 10);
    metrics_free(&metrics);
}

TEST(metrics_count_a_predicted_class_that_is_never_true_as_zero) {
    Metrics metrics;
    const uint8_t all_background[] = { 0, 0, 0 }, wrong[] = { 0, 0, 2 };
    metrics_begin(&metrics, 3);
    CHECK(metrics_add(&metrics, all_background, wrong, NULL, 3, NULL));
    const MetricsSummary summary = metrics_summary(&metrics);
    CHECK(isnan(summary.iou[1]) && summary.iou[2] == 0 && summary.f1[2] == 0);
    CHECK(summary.miou_defects == 0);
    CHECK_NEAR(summary.miou_all, (2 / 3.0) / 2, 1e-15);
    metrics_free(&metrics);
}

/* Against the rule for one threshold at a time. */
TEST(metrics_over_thresholds_are_those_of_each) {
    enum { PIXELS = 3000, CLASSES = 4 };
    static uint8_t truths[PIXELS], defects[PIXELS];
    static float scores[PIXELS];
    Random random = random_stream(5, 0, 0, 0);
    Metrics metrics;
    metrics_begin(&metrics, CLASSES);
    for (int i = 0; i < PIXELS; i++) {
        truths[i] = i % 50 ? (uint8_t)random_below(&random, CLASSES) : METRICS_IGNORE;
        defects[i] = (uint8_t)(1 + random_below(&random, CLASSES - 2)); /* never 3 */
        scores[i] = i % 3 ? (float)random_between(&random, 0, 1) : (float)(i % 101) / 100.0F;
    }
    scores[7] = NAN, scores[8] = 1, scores[9] = 0;
    metrics_add_thresholds(&metrics, truths, defects, scores, PIXELS);
    for (int k = 1; k < CLASSES; k++) {
        double precision[THRESHOLDS], recall[THRESHOLDS];
        threshold_counts_curve(&metrics.thresholds, k, 700, precision, recall);
        for (int t = 0; t < THRESHOLDS; t++) {
            double given = 0, right = 0;
            for (int i = 0; i < PIXELS; i++) {
                if (truths[i] == METRICS_IGNORE || defects[i] != k) continue;
                if (!((double)scores[i] >= t / 100.0)) continue;
                given++, right += truths[i] == k;
            }
            CHECK(recall[t] == right / 700);
            CHECK(given > 0 ? precision[t] == right / given : isnan(precision[t]) != 0);
        }
    }
    metrics_free(&metrics);
}

TEST(metrics_of_nothing_are_no_numbers) {
    Metrics metrics;
    metrics_begin(&metrics, 2);
    CHECK(metrics_add(&metrics, truth, prediction, NULL, 0, NULL));
    const MetricsSummary summary = metrics_summary(&metrics);
    CHECK(isnan(summary.miou_all) && isnan(summary.pixel_accuracy) && isnan(summary.f1_weighted));
    metrics_free(&metrics);
}

TEST(metrics_refuse_a_label_out_of_range_whole) {
    Metrics metrics;
    Error error;
    metrics_begin(&metrics, 2);
    CHECK(!metrics_add(&metrics, truth, prediction, NULL, 10, &error));
    CHECK(!strcmp(error.text, "pixel 7 of the truth has label 2, expected 0..1 or 255"));
    CHECK(metrics.counts[0] == 0 && metrics.images == 0 && metrics.ignored == 0);
    metrics_free(&metrics);
}

/* P(positive above negative) + P(equal) / 2, pair by pair. */
static double auroc_of_pairs(const float *scores, const bool *positive, int count) {
    double won = 0, pairs = 0;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            if (!positive[i] || positive[j]) continue;
            won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            pairs++;
        }
    return won / pairs;
}

TEST(auroc_equals_the_count_over_all_pairs) {
    enum { COUNT = 400 };
    static float scores[COUNT];
    static bool positive[COUNT];
    const char *const kinds[] = { "uniform", "near 0", "near 1", "three values", "all equal" };
    for (int kind = 0; kind < 5; kind++) {
        test_case("auroc_equals_the_count_over_all_pairs: %s", kinds[kind]);
        Random random = random_stream(7, (uint64_t)kind, 0, 0);
        ScoreList list = { 0 };
        ScoreHistogram histogram = { 0 };
        for (int i = 0; i < COUNT; i++) {
            positive[i] = random_uniform(&random) < 0.3;
            const double u = 0.2 * positive[i] + 0.8 * random_uniform(&random);
            const double values[] = { u, 1e-9 * u * u, 1 - 1e-5 * (1 - u), floor(3 * u) / 3, 0.25 };
            scores[i] = (float)values[kind];
            score_list_add(&list, scores[i], positive[i]);
            score_histogram_add(&histogram, scores[i], positive[i]);
        }
        const double expected = auroc_of_pairs(scores, positive, COUNT);
        CHECK(expected == 0.5 || expected > 0.55); /* the case tells a result from a coin */
        CHECK_NEAR(score_list_auroc(&list), expected, 1e-14);
        CHECK_NEAR(score_histogram_auroc(&histogram), expected, 3e-4);
        score_list_free(&list);
        score_histogram_free(&histogram);
    }
}

TEST(auroc_without_both_kinds_is_no_number_and_nan_scores_are_counted) {
    ScoreList list = { 0 };
    ScoreHistogram histogram = { 0 };
    CHECK(isnan(score_list_auroc(&list)) && isnan(score_histogram_auroc(&histogram)));
    score_list_add(&list, 0.5, true);
    score_histogram_add(&histogram, 0.5f, true);
    CHECK(isnan(score_list_auroc(&list)) && isnan(score_histogram_auroc(&histogram)));
    score_list_add(&list, NAN, false);
    score_histogram_add(&histogram, NAN, false);
    CHECK(list.nan_count == 1 && histogram.nan_count == 1);
    CHECK(isnan(score_list_auroc(&list)) && isnan(score_histogram_auroc(&histogram)));
    score_list_add(&list, 0.4, false);
    score_histogram_add(&histogram, 0.4f, false);
    CHECK(score_list_auroc(&list) == 1 && score_histogram_auroc(&histogram) == 1);
    score_list_free(&list);
    score_histogram_free(&histogram);
}

TEST(score_bins_rise_with_the_score_and_are_narrow) {
    const float edges[] = { -1, 0, 1e-45f, 1e-13f, 1e-3f, 0.25f, 0.4999f, 0.5f, 0.501f, 1, 7 };
    for (int i = 1; i < 11; i++) CHECK(score_bin(edges[i - 1]) <= score_bin(edges[i]));
    CHECK(score_bin(-1) == 0 && score_bin(INFINITY) == SCORE_BINS - 1);
    CHECK(score_bin(nextafterf(1, 0)) < score_bin(1));
    CHECK(score_bin(0.5f) == SCORE_BINS_BELOW_HALF);
    int before = 0, risen = 0;
    for (int i = 0; i < 18000; i++) { /* steps of 0.2% of s below one half, of 1 - s above */
        const int bin = score_bin((float)(1 / (1 + exp(27 - 0.002 * i))));
        risen += bin > before;
        before = bin;
    }
    CHECK(risen == 18000);
}

TEST(metrics_score_images_by_their_largest_pixel) {
    Metrics metrics;
    const uint8_t background[] = { 0, 0, 255 }, defect[] = { 0, 1, 0 }, empty[] = { 255 };
    const float low[] = { 0.1f, 0.6f, 0.9f }, high[] = { 0.2f, 0.7f, 0.0f }, bad[] = { NAN, 0, 0 };
    metrics_begin(&metrics, 2);
    CHECK(metrics_add(&metrics, background, defect, low, 2, NULL));
    CHECK(metrics_add(&metrics, background, defect, low, 3, NULL));
    CHECK(metrics_add(&metrics, defect, defect, high, 3, NULL));
    CHECK(metrics_add(&metrics, empty, defect, bad, 1, NULL));
    CHECK(metrics.image_scores.count == 3);
    MetricsSummary summary = metrics_summary(&metrics);
    CHECK(summary.image_auroc == 1);
    CHECK_NEAR(summary.pixel_auroc, 1, 0);
    CHECK(summary.nan_scores == 0);
    CHECK(metrics_add(&metrics, defect, defect, bad, 3, NULL)); /* its largest is 0 */
    summary = metrics_summary(&metrics);
    CHECK(summary.nan_scores == 1);
    CHECK_NEAR(summary.image_auroc, 0.5, 1e-15);
    metrics_free(&metrics);
}

static char *read_whole(const char *path) {
    static char text[8192];
    FILE *file = fopen(path, "r");
    size_t count = 0;
    if (file) count = fread(text, 1, sizeof text - 1, file);
    if (file) fclose(file);
    text[count] = '\0';
    return text;
}

TEST(metrics_reports_hold_every_number) {
    const char *const names[] = { "background", "a \"quoted\\name\"", "third", "absent" };
    char path[256];
    Metrics metrics;
    Error error;
    metrics_begin(&metrics, 4);
    CHECK(metrics_add(&metrics, truth, prediction, NULL, 10, NULL));
    const MetricsSummary summary = metrics_summary(&metrics);
    snprintf(path, sizeof path, "%s/m.json", test_folder());
    CHECK(metrics_write_json(path, &summary, names, NULL, NULL, &error));
    CHECK(metrics_json_may_replace(path, &error));
    const char *json = read_whole(path);
    CHECK(strstr(json,
                 "{\"name\": \"a \\\"quoted\\\\name\\\"\", \"iou\": 0.6666666666666666, \"f1\": "
                 "0.8, \"truth_pixels\": 3}"));
    CHECK(strstr(
        json, "{\"name\": \"absent\", \"iou\": null, \"f1\": null, \"truth_pixels\": 0}\n  ],\n"));
    CHECK(strstr(json, "\"pixel_auroc\": null,"));
    CHECK(strstr(json, "\"ignored_pixels\": 1,"));
    FILE *file = fopen(path, "w");
    metrics_print_table(file, &summary, names);
    fclose(file);
    CHECK(!metrics_json_may_replace(path, &error));
    CHECK(strstr(error.text, "m.json: exists, and hadnet_eval did not write it"));
    CHECK(!metrics_json_may_replace(test_folder(), &error));
    CHECK(metrics_json_may_replace("/nowhere/m.json", &error));
    const char *table = read_whole(path);
    CHECK(strstr(table, "class               IoU %    F1 %    true pixels\n"
                        "background          33.33   50.00              4\n"));
    CHECK(strstr(table, "absent                  -       -              0\n"));
    CHECK(strstr(table, "9 pixels, 1 more ignored\n"));
    CHECK(!metrics_write_json("/nowhere/m.json", &summary, names, NULL, NULL, &error));
    CHECK(!strcmp(error.text, "/nowhere/m.json: cannot write: No such file or directory"));
    metrics_free(&metrics);
}

TEST(metrics_report_on_a_full_disk_is_an_error) {
    const char *const names[] = { "a", "b" };
    Metrics metrics;
    Error error;
    char path[256];
    metrics_begin(&metrics, 2);
    const MetricsSummary summary = metrics_summary(&metrics);
    snprintf(path, sizeof path, "%s/m.json", test_folder());
    const struct rlimit usual = file_size_limit(20);
    CHECK(!metrics_write_json(path, &summary, names, NULL, NULL, &error));
    file_size_limit_restore(usual);
    CHECK(strstr(error.text, "m.json: cannot write: File too large"));
    CHECK(access(path, F_OK) != 0 && leftovers_beside(path) == 0);
    metrics_free(&metrics);
}

/* Bins are [0, 1/15), [1/15, 2/15), ...: three pixels in the last, one in the one at 0.5. */
TEST(metrics_calibration) {
    Metrics metrics;
    Error error = { "" };
    const uint8_t truth[] = { 0, 1, 1, 0, METRICS_IGNORE }, prediction[] = { 0, 1, 0, 1, 1 };
    const float confidences[] = { 1, 0.95f, 0.97f, 0.5f, 0.6f };
    const float likelihoods[] = { 1, 0.95f, 0, 0.5f, 1 };
    metrics_begin(&metrics, 2);
    CHECK(metrics_add(&metrics, truth, prediction, NULL, 5, &error));
    CHECK(isnan(metrics_summary(&metrics).nll));
    CHECK(isnan(metrics_summary(&metrics).calibration_error));
    metrics_add_probabilities(&metrics, truth, prediction, confidences, likelihoods, 5);
    const MetricsSummary summary = metrics_summary(&metrics);
    CHECK_NEAR(summary.calibration_error, (fabs(2 - (1 + 0.95 + 0.97)) + 0.5) / 4, 1e-6);
    CHECK_NEAR(summary.nll, -(log(0.95) + log(1.17549435e-38) + log(0.5)) / 4, 1e-6);
    metrics_free(&metrics);
}

/* Values that no probability has do not leave the bins, and a NaN shows. */
TEST(metrics_calibration_of_no_probabilities) {
    Calibration calibration = { .log_likelihood = 0 };
    calibration_add(&calibration, 1.5f, 1, true);
    calibration_add(&calibration, -1, 1, true);
    CHECK(calibration.pixels[CALIBRATION_BINS - 1] == 1 && calibration.pixels[0] == 1);
    calibration_add(&calibration, NAN, NAN, false);
    CHECK(isnan(calibration_nll(&calibration)) && isnan(calibration_error(&calibration)));
}

TEST(metrics_numbers_read_back) {
    const struct {
        double value;
        const char *text;
    } cases[] = { { 20, "20" },         { 1e15, "1e+15" },
                  { 0.1, "0.1" },       { -0.0, "-0" },
                  { 1e-300, "1e-300" }, { 123456789012345.0, "123456789012345" },
                  { INFINITY, "inf" },  { 1.0 / 3, NULL },
                  { -20.5, "-20.5" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[TEXT_NUMBER];
        text_number(cases[i].value, text);
        CHECK(strtod(text, NULL) == cases[i].value);
        CHECK(!cases[i].text || !strcmp(text, cases[i].text));
    }
}
