/* Provenance: the split's digest, its metadata in a weight file, the overlap of an evaluation with
 * the training images, and a resumed run's report of changed data. */
#include "hadnet/training/provenance.h"
#include "data/files.h"
#include "data/split/split_list.h"
#include "tensor/memory.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 7 };

static Dataset *pictures(int count, uint64_t synth_seed, uint64_t split_seed) {
    const DatasetOptions options = { .synth_count = count,
                                     .synth_size = 16,
                                     .synth_seed = synth_seed };
    Dataset *dataset = dataset_open("synth", NULL, &options, NULL);
    CHECK(dataset && split_dataset(dataset, SPLIT_OFFICIAL, split_seed, NULL));
    return dataset;
}

static uint64_t digest_of(int count, uint64_t synth_seed, uint64_t split_seed) {
    Dataset *dataset = pictures(count, synth_seed, split_seed);
    const uint64_t digest = split_digest(dataset);
    dataset_free(dataset);
    return digest;
}

TEST(split_digest_stands_for_names_and_parts) {
    const uint64_t digest = digest_of(30, SEED, SEED);
    CHECK(digest == digest_of(30, SEED, SEED));
    CHECK(digest != digest_of(31, SEED, SEED) && digest != digest_of(30, SEED, 8));
    CHECK(digest != digest_of(30, 8, SEED));
    Dataset *dataset = pictures(30, SEED, SEED);
    char *name = dataset->samples[3].name;
    dataset->samples[3].name = memory_text("other");
    CHECK(split_digest(dataset) != digest);
    free(dataset->samples[3].name);
    dataset->samples[3].name = name;
    CHECK(split_digest(dataset) == digest);
    dataset->samples[3].part = (Part)((dataset->samples[3].part + 1) % PARTS);
    CHECK(split_digest(dataset) != digest);
    dataset_free(dataset);
}

TEST(provenance_reads_back_and_refuses_damage) {
    static const char *const bad[][2] = {
        { "split", "sorted" },
        { "dataset", "coco" },
        { "seed", "-1" },
        { "seed", "2147483648" },
        { "seed", "1e3" },
        { "seed", "" },
        { "images", "many" },
        { "images", "-30" },
        { "synth_images", "99999999999" },
        { "images_digest", "12g" },
        { "images_digest", "-1" },
        { "images_digest", "00112233445566778" },
    };
    Dataset *dataset = pictures(30, SEED, SEED);
    const Provenance provenance = provenance_of(dataset, SPLIT_OFFICIAL, SEED);
    Provenance read;
    Metadata metadata = { 0 };
    Error error = { "" };
    CHECK(provenance_read(&metadata, "file", &read, &error) && !read.known);
    provenance_write(&read, &metadata);
    CHECK(metadata.count == 0);
    provenance_write(&provenance, &metadata);
    CHECK(provenance_read(&metadata, "file", &read, &error) && read.known);
    CHECK(read.digest == split_digest(dataset) && read.seed == SEED && read.images == 30);
    CHECK(read.kind == SPLIT_OFFICIAL && read.synth_images == 30 && !strcmp(read.layout, "synth"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Metadata damaged = { 0 };
        test_case("a weight file whose %s is '%s' is refused", bad[i][0], bad[i][1]);
        provenance_write(&provenance, &damaged);
        metadata_set(&damaged, bad[i][0], bad[i][1]);
        CHECK(!provenance_read(&damaged, "file", &read, &error) && !read.known);
        CHECK(strstr(error.text, "file: metadata") && strstr(error.text, bad[i][0]));
        metadata_release(&damaged);
    }
    metadata_release(&metadata);
    dataset_free(dataset);
}

static Overlap overlap_of(const Provenance *trained, Dataset *dataset, const char *list, int limit,
                          int *trained_on) {
    const uint64_t before = split_digest(dataset);
    const Overlap overlap =
        provenance_overlap(trained, dataset, list, PART_TEST, limit, trained_on);
    CHECK(split_digest(dataset) == before); /* it has its own parts again */
    return overlap;
}

TEST(provenance_tells_who_may_judge) {
    Dataset *own = pictures(30, SEED, SEED), *other_split = pictures(30, SEED, 8),
            *more = pictures(31, SEED, SEED), *new = pictures(30, 8, 8);
    const Provenance trained = provenance_of(own, SPLIT_OFFICIAL, SEED), silent = { 0 };
    int count, expected = 0, *test = dataset_part(other_split, PART_TEST, &count), found;
    for (int i = 0; i < count; i++) expected += own->samples[test[i]].part == PART_TRAIN;
    CHECK(overlap_of(&trained, own, NULL, 0, &found) == OVERLAP_NONE);
    CHECK(expected > 0 && overlap_of(&trained, other_split, NULL, 0, &found) == OVERLAP_SOME);
    CHECK(found == expected);
    /* Under a limit only the evaluated images count. */
    const bool first = own->samples[test[0]].part == PART_TRAIN;
    CHECK(overlap_of(&trained, other_split, NULL, 1, &found) ==
          (first ? OVERLAP_SOME : OVERLAP_NONE));
    CHECK(overlap_of(&trained, more, NULL, 0, &found) == OVERLAP_UNKNOWN);
    CHECK(overlap_of(&trained, new, NULL, 0, &found) ==
          OVERLAP_NONE); /* another seed, other images */
    CHECK(overlap_of(&silent, own, NULL, 0, &found) == OVERLAP_UNKNOWN);
    /* Trained by a list: known where that list is. */
    const Provenance listed = provenance_of(own, SPLIT_FILE, SEED);
    char *list = path_join(test_folder(), "split.txt");
    CHECK(split_list_write(own, list, NULL));
    CHECK(overlap_of(&listed, own, NULL, 0, &found) == OVERLAP_NONE);
    CHECK(overlap_of(&listed, other_split, NULL, 0, &found) == OVERLAP_UNKNOWN);
    CHECK(overlap_of(&listed, other_split, list, 0, &found) == OVERLAP_SOME && found == expected);
    CHECK(split_list_write(other_split, list, NULL)); /* not the list of the training */
    CHECK(overlap_of(&listed, other_split, list, 0, &found) == OVERLAP_UNKNOWN);
    free(list);
    free(test);
    dataset_free(own);
    dataset_free(other_split);
    dataset_free(more);
    dataset_free(new);
}

/* Keep the first `count` samples. */
static void cut(Dataset *dataset, int count) {
    while (dataset->count > count) free(dataset->samples[--dataset->count].name);
}

static void rename_sample(Dataset *dataset, int index, const char *name) {
    free(dataset->samples[index].name);
    dataset->samples[index].name = memory_text(name);
}

TEST(split_list_says_what_has_changed) {
    Dataset *dataset = pictures(30, SEED, SEED);
    char path[256], line[64];
    Error error = { "" };
    snprintf(path, sizeof path, "%s/split.txt", test_folder());
    rename_sample(dataset, 0, "a\nb");
    CHECK(split_list_write(dataset, path, NULL));
    FILE *file = fopen(path, "r");
    CHECK(file && fgets(line, sizeof line, file));
    if (file) fclose(file);
    CHECK(!strcmp(strchr(line, ' '), " a?b\n"));

    dataset->samples[1].part = (Part)((dataset->samples[1].part + 1) % PARTS);
    CHECK(!split_list_refuse(dataset, path, &error));
    CHECK(strstr(error.text, "began with: 1 in another part (synth_000001)"));

    cut(dataset, 25);
    CHECK(!split_list_refuse(dataset, path, &error));
    CHECK(strstr(error.text, "began with: 5 missing (synth_000025, synth_000026, synth_000027, "
                             "...), 1 in another part"));
    rename_sample(dataset, 2, "new");
    CHECK(!split_list_refuse(dataset, path, &error));
    CHECK(strstr(error.text, "began with: 1 added (new), 6 missing (synth_000002, synth_000025, "));

    CHECK(!split_list_refuse(dataset, "/nonexistent", &error));
    CHECK(strstr(error.text, "not the images and parts that the run began with"));
    dataset_free(dataset);
}
