/* test_data_split_float.c - near-copies are found, and no scene is in two parts. */
#include "data/image/resize.h"
#include "data/split/near_copies.h"
#include "data/split/split.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static Signature signature_of_picture(const Image *image, const char *folder, int quality) {
    Image grey;
    Signature signature;
    const char *path = path_of("%s/copy.jpg", folder);
    put_jpeg(path, image, quality);
    PROMISE(image_read(path, 1, &grey, NULL), "%s", path);
    signature_of(&grey, &signature);
    image_free(&grey);
    return signature;
}

/* Darker, with less contrast and illumination that falls off to one side. */
static void expose_differently(Image *image) {
    for (size_t i = 0; i < image_bytes(image); i++) {
        const double across = (double)(i / 3 % (size_t)image->width) / image->width;
        image->pixels[i] = (uint8_t)((0.4 + 0.4 * across) * image->pixels[i] + 5);
    }
}

TEST(data_near_copies_turned_and_compressed) {
    const char *folder = memory_text(test_folder());
    Image image = scene_image(120, 90, 1);
    const Signature original = signature_of_picture(&image, folder, 95);
    for (int turn = 0; turn < TURNS; turn++) {
        Image turned = image_turn(&image, turn);
        test_case("data_near_copies turn %d", turn);
        Signature copy = signature_of_picture(&turned, folder, 40);
        CHECK(signature_correlation(&original, &copy) > 0.93);
        expose_differently(&turned);
        copy = signature_of_picture(&turned, folder, 60);
        CHECK(signature_correlation(&original, &copy) > NEAR_COPY_CORRELATION);
        image_free(&turned);
    }
    test_case("data_near_copies other scenes");
    for (uint64_t seed = 2; seed < 30; seed++) {
        Image other = scene_image(120, 90, seed);
        const Signature signature = signature_of_picture(&other, folder, 95);
        CHECK(signature_correlation(&original, &signature) < 0.6);
        image_free(&other);
    }
    image_free(&image);
    free((char *)folder);
}

/* Two scenes that share a bright bar are still two scenes. */
TEST(data_near_copies_look_past_strong_lines) {
    const char *folder = memory_text(test_folder());
    Signature signatures[2];
    for (uint64_t seed = 0; seed < 2; seed++) {
        Image image = scene_image(120, 120, 60 + seed);
        for (size_t i = 0; i < image_bytes(&image); i++) {
            const size_t x = i / 3 % 120;
            image.pixels[i] = x > 50 && x < 60 ? 255 : (uint8_t)(image.pixels[i] / 2);
        }
        signatures[seed] = signature_of_picture(&image, folder, 90);
        image_free(&image);
    }
    CHECK(signature_correlation(&signatures[0], &signatures[1]) < 0.75);
    free((char *)folder);
}

TEST(data_near_copies_of_even_pictures) {
    Image even = image_new(50, 50, 1);
    Signature signature;
    signature_of(&even, &signature);
    int scenes[2];
    const Signature both[2] = { signature, signature };
    CHECK(signature_correlation(&signature, &signature) == 0); /* nothing to tell them by */
    CHECK(near_copies_group(both, 2, scenes) == 2 && scenes[0] == 0 && scenes[1] == 1);
    image_free(&even);
}

/* The early exits of the grouping must never change an answer. */
TEST(data_near_copies_grouping_is_exact) {
    enum { COUNT = 60 };
    Signature *signatures = memory_new(COUNT, sizeof *signatures);
    int scenes[COUNT], expected[COUNT], found = 0;
    for (int i = 0; i < COUNT; i++) { /* images between two scenes, so that many are borderline */
        Image a = scene_image(64, 64, (uint64_t)(i % 5)),
              b = scene_image(64, 64, 90 + (uint64_t)i);
        Image grey = image_new(64, 64, 1);
        for (size_t k = 0; k < image_bytes(&grey); k++)
            grey.pixels[k] =
                (uint8_t)((a.pixels[3 * k] * (30 + i) + b.pixels[3 * k] * (70 - i)) / 100);
        Image turned = image_turn(&grey, i % TURNS);
        signature_of(&turned, &signatures[i]);
        image_free(&a);
        image_free(&b);
        image_free(&grey);
        image_free(&turned);
    }
    for (int i = 0; i < COUNT; i++) expected[i] = i;
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < i; j++) {
            if (signature_correlation(&signatures[i], &signatures[j]) < NEAR_COPY_CORRELATION)
                continue;
            const int from = expected[i], to = expected[j];
            for (int k = 0; k < COUNT; k++)
                if (expected[k] == from) expected[k] = to;
        }
    const int count = near_copies_group(signatures, COUNT, scenes);
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < i; j++) CHECK((scenes[i] == scenes[j]) == (expected[i] == expected[j]));
        found = scenes[i] + 1 > found ? scenes[i] + 1 : found;
    }
    CHECK(found == count && count > 5 && count < COUNT);
    free(signatures);
}

/* b with a given correlation to a, and nearly none under the other seven turns. */
static Signature signature_correlated(const Signature *a, double correlation) {
    Signature b;
    Random random = random_stream(77, 0, 0, 0);
    double along = 0, length = 0;
    for (int i = 0; i < SIGNATURE_LENGTH; i++) b.values[i] = (float)random_normal(&random);
    for (int i = 0; i < SIGNATURE_LENGTH; i++) along += (double)a->values[i] * (double)b.values[i];
    for (int i = 0; i < SIGNATURE_LENGTH; i++) {
        b.values[i] -= (float)along * a->values[i];
        length += (double)b.values[i] * (double)b.values[i];
    }
    const double across = sqrt((1 - correlation * correlation) / length);
    for (int i = 0; i < SIGNATURE_LENGTH; i++)
        b.values[i] = (float)(correlation * (double)a->values[i] + across * (double)b.values[i]);
    return b;
}

TEST(data_near_copies_at_the_edge_of_the_threshold) {
    Signature a = { { 0 } };
    Random random = random_stream(78, 0, 0, 0);
    double length = 0;
    for (int i = 0; i < SIGNATURE_LENGTH; i++) {
        a.values[i] = (float)random_normal(&random);
        length += (double)a.values[i] * (double)a.values[i];
    }
    for (int i = 0; i < SIGNATURE_LENGTH; i++) a.values[i] /= (float)sqrt(length);
    for (int above = 0; above < 2; above++) {
        const double correlation = above ? 0.8005 : 0.7995;
        const Signature pair[2] = { a, signature_correlated(&a, correlation) };
        int scenes[2];
        test_case("data_near_copies that correlate by %g", correlation);
        CHECK_NEAR(signature_correlation(&pair[0], &pair[1]), correlation, 1e-5);
        CHECK(near_copies_group(pair, 2, scenes) == (above ? 1 : 2));
    }
}

/* 40 scenes: some once, some in up to four turned copies, the copies spread over both parts. */
static void put_turned_release(const char *folder) {
    int number = 0;
    for (int scene = 0; scene < 40; scene++) {
        Image picture = scene_image(60, 60, 100 + (uint64_t)scene);
        Image labels = box_labels(60, 60, scene % 4);
        for (int copy = 0; copy <= scene % 4; copy++, number++) {
            const char *part = copy == 3 || scene % 10 == 0 ? "test" : "training";
            Image turned = image_turn(&picture, (scene + 3 * copy) % TURNS);
            put_jpeg(path_of("%s/images/%s/%03d_%02d.jpg", folder, part, number, scene), &turned,
                     75);
            put_png(path_of("%s/annotations/%s/%03d_%02d.png", folder, part, number, scene),
                    &labels);
            image_free(&turned);
        }
        image_free(&picture);
        image_free(&labels);
    }
}

/* The scene that put_turned_release wrote into the name. */
static int true_scene(const Sample *sample) {
    return atoi(strrchr(sample->name, '_') + 1);
}

static void count_parts(const Dataset *dataset, int counts[PARTS]) {
    memset(counts, 0, PARTS * sizeof *counts);
    for (int i = 0; i < dataset->count; i++) counts[dataset->samples[i].part]++;
}

TEST(data_split_by_scene_does_not_leak) {
    const char *folder = memory_text(test_folder());
    put_turned_release(folder);
    Error error = { "" };
    Dataset *dataset = dataset_open("neu-seg", folder, NULL, &error);
    CHECK(dataset && dataset->count == 100);
    Part first[100];
    int parts_seen = 0;
    for (uint64_t seed = 0; seed < 5; seed++) {
        CHECK(split_dataset(dataset, SPLIT_SCENE, seed, &error));
        int counts[PARTS], pairs = 0, changed = 0;
        for (int i = 0; i < dataset->count; i++)
            for (int j = 0; j < i; j++) {
                const Sample *a = &dataset->samples[i], *b = &dataset->samples[j];
                const bool together = true_scene(a) == true_scene(b);
                CHECK((a->scene == b->scene) == together);
                CHECK(!together || a->part == b->part);
                pairs += together;
            }
        CHECK(pairs > 50);
        count_parts(dataset, counts);
        CHECK(counts[PART_TRAIN] >= 74 && counts[PART_TRAIN] <= 86);
        CHECK(counts[PART_VAL] >= 6 && counts[PART_TEST] >= 6);
        for (int i = 0; i < dataset->count; i++) {
            changed += seed > 0 && dataset->samples[i].part != first[i];
            first[i] = dataset->samples[i].part;
        }
        parts_seen += changed > 0;
        CHECK(split_dataset(dataset, SPLIT_SCENE, seed, &error)); /* the same again */
        for (int i = 0; i < dataset->count; i++) CHECK(dataset->samples[i].part == first[i]);
    }
    CHECK(parts_seen >= 3); /* another seed gives another split */
    dataset_free(dataset);
    free((char *)folder);
}

/* Splitting does not read the files again: scenes and labels are known from opening. */
TEST(data_split_by_scene_reads_no_file_again) {
    const char *folder = memory_text(test_folder());
    const DatasetOptions options = { .scenes = true };
    int64_t counts[LABEL_IGNORE + 1], pixels[CLASSES_MAX] = { 0 };
    Error error = { "" };
    put_turned_release(folder);
    Dataset *before = dataset_open("neu-seg", folder, NULL, &error);
    Dataset *surveyed = dataset_open("neu-seg", folder, &options, &error);
    CHECK(before && surveyed && split_dataset(before, SPLIT_SCENE, 3, &error));
    for (int i = 0; i < surveyed->count; i++)
        CHECK(!remove(surveyed->samples[i].image) && !remove(surveyed->samples[i].mask));
    CHECK(split_dataset(surveyed, SPLIT_SCENE, 3, &error));
    for (int i = 0; i < surveyed->count; i++) {
        CHECK(surveyed->samples[i].scene == before->samples[i].scene);
        CHECK(surveyed->samples[i].part == before->samples[i].part);
        dataset_count_labels(surveyed, i, counts);
        for (int k = 0; k < surveyed->class_count; k++) pixels[k] += counts[k];
    }
    for (int k = 0; k < surveyed->class_count; k++)
        CHECK(pixels[k] == surveyed->class_pixels[k] && (k > 0 || pixels[k] > 0));
    dataset_free(before);
    dataset_free(surveyed);
    free((char *)folder);
}

/* A scene whose images show different defects counts as one of its rarest, here the largest label,
 * whichever image comes first: ten such scenes are dealt out 8:1:1 among themselves. */
TEST(data_split_of_scenes_with_several_defects) {
    enum { SCENES = 60, MIXED = 10 };
    const DatasetOptions options = { .synth_count = 2 * SCENES, .synth_size = 16 };
    Error error = { "" };
    Dataset *dataset = dataset_open("synth", NULL, &options, &error);
    CHECK(dataset != NULL);
    for (int i = 0; i < 2 * SCENES; i++) {
        Sample *sample = &dataset->samples[i];
        sample->scene = i % SCENES;
        sample->label = sample->scene % 2;
        if (sample->scene < MIXED && i >= SCENES) sample->label = 3;
        if (sample->scene >= MIXED / 2 && sample->scene < MIXED) sample->label = i < SCENES ? 3 : 1;
    }
    for (uint64_t seed = 0; seed < 4; seed++) {
        int scenes[PARTS] = { 0 };
        CHECK(split_dataset(dataset, SPLIT_SCENE, seed, &error));
        for (int i = 0; i < MIXED; i++) {
            scenes[dataset->samples[i].part]++;
            CHECK(dataset->samples[i].part == dataset->samples[i + SCENES].part);
        }
        CHECK(scenes[PART_TRAIN] == 8 && scenes[PART_VAL] == 1 && scenes[PART_TEST] == 1);
    }
    dataset_free(dataset);
}

TEST(data_split_official) {
    const char *folder = memory_text(test_folder());
    put_turned_release(folder);
    Error error = { "" };
    Dataset *dataset = dataset_open("neu-seg", folder, NULL, &error);
    int counts[PARTS], released = 0;
    CHECK(dataset && split_dataset(dataset, SPLIT_OFFICIAL, 1, &error));
    for (int i = 0; i < dataset->count; i++) {
        const Sample *sample = &dataset->samples[i];
        CHECK((sample->release == RELEASE_TEST) == (sample->part == PART_TEST));
        CHECK(sample->label == true_scene(sample) % 4); /* read from the masks */
        released += sample->release == RELEASE_TRAIN;
    }
    count_parts(dataset, counts);
    CHECK(counts[PART_VAL] >= released / 10 - 1 && counts[PART_VAL] <= released / 10 + 1);
    int count, *indices = dataset_part(dataset, PART_VAL, &count);
    CHECK(count == counts[PART_VAL]);
    for (int i = 0; i < count; i++) CHECK(dataset->samples[indices[i]].part == PART_VAL);
    free(indices);
    dataset_free(dataset);
    free((char *)folder);
}

TEST(data_split_of_a_release_without_parts) {
    const DatasetOptions options = { .synth_count = 200, .synth_size = 16 };
    Error error = { "" };
    Dataset *dataset = dataset_open("synth", NULL, &options, &error);
    int counts[PARTS];
    for (int kind = 0; kind < 2; kind++) {
        CHECK(split_dataset(dataset, kind ? SPLIT_SCENE : SPLIT_OFFICIAL, 1, &error));
        count_parts(dataset, counts);
        CHECK(counts[PART_TRAIN] == 160 && counts[PART_VAL] == 20 && counts[PART_TEST] == 20);
    }
    dataset_free(dataset);
    for (int count = 1; count < 12;
         count++) { /* few images: every part gets one, or it is said */
        const DatasetOptions few = { .synth_count = count, .synth_size = 16 };
        dataset = dataset_open("synth", NULL, &few, &error);
        const bool good = split_dataset(dataset, SPLIT_SCENE, 1, &error);
        count_parts(dataset, counts);
        CHECK(good == (count >= 3));
        CHECK(good == (counts[PART_TRAIN] > 0 && counts[PART_VAL] > 0 && counts[PART_TEST] > 0));
        CHECK(good || strstr(error.text, "no images left for"));
        dataset_free(dataset);
    }
    SplitKind kind;
    CHECK(split_kind_of("scene", &kind, &error) && kind == SPLIT_SCENE);
    CHECK(split_kind_of("official", &kind, &error) && kind == SPLIT_OFFICIAL);
    CHECK(!split_kind_of("random", &kind, &error) && strstr(error.text, "'random'"));
}
