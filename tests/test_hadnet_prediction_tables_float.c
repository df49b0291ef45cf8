/* test_hadnet_prediction_tables_float.c - the rows and lines of tables, byte for byte, and the
 * value of --write. */
#include "hadnet/prediction/prediction_tables.h"
#include "hadnet/prediction/write_list.h"
#include "tensor/json.h"
#include "tests/data_trees.h"

#include <unistd.h>

static const char *const class_names[] = { "background", "scratch, \"deep\"", "pit" };

static bool has_text(const char *path, const char *text) {
    size_t count;
    uint8_t *bytes = get_bytes(path, &count);
    const bool same = count == strlen(text) && !memcmp(bytes, text, count);
    if (!same) printf("%s:\n%.*s", path, (int)count, (char *)bytes);
    free(bytes);
    return same;
}

/* Two images, one without a defect, and one that failed, under names that need quotes. */
static void write_tables(const ResultsOptions *options) {
    uint8_t mask[6] = { 0, 1, 1, 0, 0, 2 };
    float score[6] = { 0, 0.5f, 0.75f, 0, 0, 0.25f };
    HadnetRegion regions[] = { { 1, 2, 1, 0, 2, 1, 0.625f, 0.75f },
                               { 2, 1, 2, 1, 1, 1, 0.25f, 0.25f } };
    const HadnetAnswer answer = { 3, 2, mask, score, regions, 2 };
    uint8_t clean[2] = { 0, 0 };
    const HadnetAnswer none = { 1, 2, clean, score, NULL, 0 };
    const AnswerSummary of_answer = answer_summary(&answer, 1), of_none = answer_summary(&none, 1);
    PredictionTables tables;
    Error error = { "" };
    CHECK(of_answer.defect_area == 3 && of_answer.area[1] == 2 && of_answer.area[2] == 1);
    CHECK(prediction_tables_open(&tables, options, class_names, &error));
    prediction_tables_add(&tables, "a,\"b\".png", &answer, &of_answer);
    prediction_tables_add(&tables, "plain name.png", &none, &of_none);
    prediction_tables_add_failure(&tables, " \xff\n.png", "why, \"so\"");
    CHECK(prediction_tables_close(&tables, true, &error));
}

TEST(prediction_tables_quote_and_escape) {
    const ResultsOptions options = { .folder = test_folder(), .csv = true, .json = true };
    write_tables(&options);
    CHECK(has_text(path_of("%s/images.csv", options.folder),
                   "image,defect,score,regions,area,width,height,tiles,error\n"
                   "\"a,\"\"b\"\".png\",1,0.750000,2,3,3,2,6,\n"
                   "plain name.png,0,0.500000,0,0,1,2,2,\n"
                   "\" \xff\n.png\",,,,,,,,\"why, \"\"so\"\"\"\n"));
    CHECK(has_text(path_of("%s/regions.csv", options.folder),
                   "image,region,label,class,area,left,top,width,height,mean_score,largest_score\n"
                   "\"a,\"\"b\"\".png\",1,1,\"scratch, \"\"deep\"\"\",2,1,0,2,1,0.625000,0.750000\n"
                   "\"a,\"\"b\"\".png\",2,2,pit,1,2,1,1,1,0.250000,0.250000\n"));
    CHECK(has_text(
        path_of("%s/images.jsonl", options.folder),
        "{\"written_by\": \"hadnet_predict\", \"image\": \"a,\\\"b\\\".png\", \"defect\": true, "
        "\"score\": 0.750000, \"area\": 3, \"width\": 3, \"height\": 2, \"tiles\": 6, \"regions\": "
        "[{\"label\": 1, \"class\": \"scratch, \\\"deep\\\"\", \"area\": 2, \"left\": 1, \"top\": "
        "0, "
        "\"width\": 2, \"height\": 1, \"mean_score\": 0.625000, \"largest_score\": 0.750000}, "
        "{\"label\": 2, \"class\": \"pit\", \"area\": 1, \"left\": 2, \"top\": 1, \"width\": 1, "
        "\"height\": 1, \"mean_score\": 0.250000, \"largest_score\": 0.250000}]}\n"
        "{\"written_by\": \"hadnet_predict\", \"image\": \"plain name.png\", \"defect\": false, "
        "\"score\": 0.500000, \"area\": 0, \"width\": 1, \"height\": 2, \"tiles\": 2, \"regions\": "
        "[]}\n"
        "{\"written_by\": \"hadnet_predict\", \"image\": \" \xef\xbf\xbd\\u000a.png\", \"error\": "
        "\"why, \\\"so\\\"\"}\n"));
}

TEST(prediction_tables_are_those_asked_for) {
    const char *folder = test_folder();
    const ResultsOptions csv = { .folder = path_of("%s/csv", folder), .csv = true };
    const ResultsOptions json = { .folder = path_of("%s/json", folder), .json = true };
    const ResultsOptions none = { .folder = path_of("%s/none", folder) };
    CHECK(mkdir(csv.folder, 0777) == 0 && mkdir(json.folder, 0777) == 0 &&
          mkdir(none.folder, 0777) == 0);
    write_tables(&csv);
    write_tables(&json);
    write_tables(&none);
    CHECK(file_exists(path_of("%s/regions.csv", csv.folder)));
    CHECK(!file_exists(path_of("%s/images.jsonl", csv.folder)));
    CHECK(file_exists(path_of("%s/images.jsonl", json.folder)));
    CHECK(!file_exists(path_of("%s/images.csv", json.folder)));
    CHECK(rmdir(none.folder) == 0);
}

TEST(prediction_tables_replace_their_own) {
    ResultsOptions options = { .folder = test_folder(), .csv = true, .json = true };
    const char *const names[] = { "images.csv", "regions.csv", "images.jsonl" };
    Error error;
    write_tables(&options);
    CHECK(prediction_tables_may_be_written(&options, &error));
    for (int i = 0; i < 3; i++) {
        const char *path = path_of("%s/%s", options.folder, names[i]);
        test_case("%s", names[i]);
        put_bytes(path, "", 0);
        CHECK(prediction_tables_may_be_written(&options, &error));
        put_bytes(path, "image,defect\n", 13);
        CHECK(!prediction_tables_may_be_written(&options, &error) && strstr(error.text, path));
        options.overwrite = true;
        CHECK(prediction_tables_may_be_written(&options, &error));
        options.overwrite = false;
        CHECK(remove(path) == 0 && symlink("nowhere", path) == 0);
        CHECK(!prediction_tables_may_be_written(&options, &error));
        CHECK(remove(path) == 0);
    }
    PredictionTables tables;
    CHECK(prediction_tables_open(&tables, &options, class_names, &error));
    CHECK(prediction_tables_close(&tables, false, &error));
    CHECK(!file_exists(path_of("%s/images.csv", options.folder)));
    options.folder = "/nowhere";
    CHECK(!prediction_tables_open(&tables, &options, class_names, &error));
    CHECK(strstr(error.text, "/nowhere/images.csv"));
}

TEST(write_list_names_results) {
    ResultsOptions options = { .csv = true };
    Error error;
    CHECK(write_list_parse("json,masks", &options, &error));
    CHECK(options.json && !options.csv && options.pictures[RESULT_MASK] &&
          !options.pictures[RESULT_OVERLAY] && !options.pictures[RESULT_SCORE]);
    CHECK(write_list_parse(WRITE_LIST_DEFAULT, &options, &error));
    CHECK(!options.json && !options.csv && options.pictures[RESULT_MASK] &&
          options.pictures[RESULT_OVERLAY] && options.pictures[RESULT_SCORE]);
    CHECK(results_are_asked_for(&options));
    CHECK(write_list_parse("none", &options, &error) && !results_are_asked_for(&options));
    const char *const wrong[] = { "",           "mask",      "masks,",   ",masks",
                                  "masks,,csv", "masks csv", "none,csv", "maskss" };
    for (int i = 0; i < 8; i++) {
        test_case("--write '%s'", wrong[i]);
        CHECK(!write_list_parse(wrong[i], &options, &error) && strstr(error.text, "unknown"));
    }
}
