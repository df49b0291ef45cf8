/* test_data_loader_float.c - batches do not depend on the threads or on the starting batch. */
#include "data/loader.h"
#include "data/split/split.h"
#include "tensor/memory.h"
#include "tests/data_trees.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 32 };

static Dataset *synth_of(int count) {
    const DatasetOptions options = { .synth_count = count, .synth_size = 40, .synth_seed = 2 };
    return dataset_open("synth", NULL, &options, NULL);
}

static int *all_samples(const Dataset *dataset) {
    int *samples = memory_new((size_t)dataset->count, sizeof(int));
    for (int i = 0; i < dataset->count; i++) samples[i] = i;
    return samples;
}

static uint64_t hash_bytes(uint64_t value, const void *data, size_t count) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < count; i++) value = (value ^ bytes[i]) * 1099511628211u;
    return value;
}

static uint64_t hash_batch(const Batch *batch) {
    const size_t pixels = (size_t)batch->count * (size_t)batch->size * (size_t)batch->size;
    uint64_t value = hash_bytes(1469598103934665603u, batch->images, 12 * pixels);
    value = hash_bytes(value, batch->labels, pixels);
    if (batch->twins) value = hash_bytes(value, batch->twins, 12 * pixels);
    value = hash_bytes(value, batch->has_twin, (size_t)batch->count * sizeof(float));
    return hash_bytes(value, batch->samples, (size_t)batch->count * sizeof(int));
}

static LoaderOptions usual(const int *samples, int count) {
    LoaderOptions options = loader_default(samples, count);
    options.size = SIDE;
    options.batch = 4;
    options.shuffle = true;
    options.augment = augmentation_default();
    options.seed = 11;
    options.epochs = 3;
    return options;
}

/* The hashes of up to `most` batches; how many there were. */
static int hashes_of(Dataset *dataset, const LoaderOptions *options, uint64_t *hashes, int most) {
    Error error = { "" };
    Loader *loader = loader_open(dataset, options, &error);
    CHECK(loader != NULL);
    int count = 0;
    for (const Batch *batch; count < most && (batch = loader_next(loader, &error));) {
        const int number =
            options->first_epoch * loader_batches(loader) + options->first_batch + count;
        CHECK(batch->epoch == number / loader_batches(loader));
        CHECK(batch->index == number % loader_batches(loader));
        hashes[count++] = hash_batch(batch);
    }
    CHECK(error.text[0] == '\0');
    loader_close(loader);
    return count;
}

TEST(data_loader_same_bits_for_any_threads_and_memory) {
    Dataset *dataset = synth_of(22);
    int *samples = all_samples(dataset);
    static const struct {
        int threads, depth;
        size_t cache;
    } ways[] = { { 1, 2, 0 }, { 2, 0, 1 << 20 }, { 5, 3, 9000 }, { 3, 16, 1 << 30 } };
    for (int twins = TWINS_NONE; twins <= TWINS_MIXED; twins++) {
        uint64_t expected[20], hashes[20];
        for (int way = 0; way < 4; way++) {
            LoaderOptions options = usual(samples, 22);
            options.twins = twins;
            options.threads = ways[way].threads;
            options.depth = ways[way].depth;
            options.cache_bytes = ways[way].cache;
            test_case("data_loader twins %d way %d", twins, way);
            CHECK(hashes_of(dataset, &options, hashes, 20) == 15); /* 3 epochs of 5 whole batches */
            if (way == 0) memcpy(expected, hashes, sizeof expected);
            CHECK(!memcmp(expected, hashes, 15 * sizeof *hashes));
        }
        for (int i = 0; i < 15; i++)
            for (int j = 0; j < i; j++) CHECK(expected[i] != expected[j]);
    }
    free(samples);
    dataset_free(dataset);
}

TEST(data_loader_resumes_in_the_middle) {
    Dataset *dataset = synth_of(22);
    int *samples = all_samples(dataset);
    LoaderOptions options = usual(samples, 22);
    uint64_t expected[20], hashes[20];
    CHECK(hashes_of(dataset, &options, expected, 20) == 15);
    options.threads = 2;
    for (int start = 1; start < 15; start += 3) {
        options.first_epoch = start / 5;
        options.first_batch = start % 5;
        CHECK(hashes_of(dataset, &options, hashes, 20) == 15 - start);
        CHECK(!memcmp(expected + start, hashes, (size_t)(15 - start) * sizeof *hashes));
    }
    free(samples);
    dataset_free(dataset);
}

TEST(data_loader_visits_every_sample_once) {
    Dataset *dataset = synth_of(10);
    int samples[10], seen[2][10] = { { 0 } }, order[2][10];
    Error error = { "" };
    for (int i = 0; i < 10; i++) samples[i] = 9 - i;
    LoaderOptions options = usual(samples, 10);
    options.every = true;
    options.epochs = 2;
    options.targets = true;
    Loader *loader = loader_open(dataset, &options, &error);
    CHECK(loader_batches(loader) == 3);
    for (const Batch *batch; (batch = loader_next(loader, &error));) {
        for (int k = 0; k < 4 * SIDE * SIDE; k++) CHECK(batch->targets[k] == batch->labels[k]);
        CHECK(batch->filled == (batch->index == 2 ? 2 : 4));
        for (int i = 0; i < 4; i++) {
            const bool padded = batch->index == 2 && i >= 2;
            CHECK((batch->samples[i] < 0) == padded);
            for (int k = 0; padded && k < SIDE * SIDE; k++) {
                CHECK(batch->labels[i * SIDE * SIDE + k] == LABEL_IGNORE);
                CHECK(batch->images[3 * (i * SIDE * SIDE + k)] == 0);
            }
            if (padded || batch->samples[i] < 0) continue;
            seen[batch->epoch][batch->samples[i]]++;
            order[batch->epoch][batch->index * 4 + i] = batch->samples[i];
        }
    }
    for (int i = 0; i < 10; i++) CHECK(seen[0][i] == 1 && seen[1][i] == 1);
    CHECK(memcmp(order[0], order[1], sizeof order[0]) != 0);
    loader_close(loader);
    options.shuffle = false;
    loader = loader_open(dataset, &options, &error);
    const Batch *batch = loader_next(loader, &error);
    CHECK(batch && batch->samples[0] == 9 && batch->samples[3] == 6);
    loader_close(loader);
    dataset_free(dataset);
}

/* The image shows where the label must be: pixels are bright where the mask is 1. Flips and turns
 * that differ between the two would show. */
TEST(data_loader_turns_masks_with_pictures) {
    const char *folder = memory_text(test_folder());
    for (int n = 0; n < 6; n++) {
        Image image = image_new(SIDE, SIDE, 3), labels = image_new(SIDE, SIDE, 1);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) { /* an L in one corner: no symmetry */
                const bool on = (x < 5 && y < 20) || (y < 4 && x < 9 + n);
                labels.pixels[y * SIDE + x] = on;
                for (int c = 0; c < 3; c++) image.pixels[3 * (y * SIDE + x) + c] = on ? 200 : 60;
            }
        put_png(path_of("%s/images/%d.png", folder, n), &image);
        put_png(path_of("%s/masks/%d.png", folder, n), &labels);
        image_free(&image);
        image_free(&labels);
    }
    Error error = { "" };
    Dataset *dataset = dataset_open("folder", folder, NULL, &error);
    int *samples = all_samples(dataset), corners[4] = { 0 };
    for (int twins = 0; twins < 2; twins++) {
        LoaderOptions options = usual(samples, 6);
        options.batch = 6;
        options.epochs = 20;
        options.twins = twins;
        options.twin.decoys = 0;
        options.augment = (Augment){ .turns = true };
        Loader *loader = loader_open(dataset, &options, &error);
        for (const Batch *batch; (batch = loader_next(loader, &error));) {
            const int pixels = SIDE * SIDE;
            for (int i = 0; i < 6; i++) {
                for (int k = 0; k < pixels; k++) {
                    const float value = batch->images[3 * (i * pixels + k)] * 0.231f + 0.491f;
                    const int label = batch->labels[i * pixels + k];
                    CHECK_NEAR(value, (label ? 200 : 60) / 255.0, 1e-5);
                    if (twins) /* the twin is dark everywhere */
                        CHECK_NEAR(batch->twins[3 * (i * pixels + k)] * 0.231 + 0.491, 60 / 255.0,
                                   0.02);
                }
                const uint8_t *labels = batch->labels + i * pixels;
                corners[0] += labels[0];
                corners[1] += labels[SIDE - 1];
                corners[2] += labels[pixels - SIDE];
                corners[3] += labels[pixels - 1];
            }
        }
        loader_close(loader);
    }
    for (int k = 0; k < 4; k++) CHECK(corners[k] > 30 && corners[k] < 90); /* of 240 */
    free(samples);
    dataset_free(dataset);
    free((char *)folder);
}

/* Outside the filled areas a twin is its image, turned and jittered alike. */
TEST(data_loader_turns_twins_with_pictures) {
    const char *folder = memory_text(test_folder());
    Error error = { "" };
    for (int n = 0; n < 4; n++)
        put_sample(path_of("%s/images/%d.jpg", folder, n), path_of("%s/masks/%d.png", folder, n),
                   (uint64_t)n, 1);
    Dataset *dataset = dataset_open("folder", folder, NULL, &error);
    int *samples = all_samples(dataset), seen = 0;
    LoaderOptions options = usual(samples, 4);
    options.size = 96;
    options.twins = true;
    options.twin.decoys = 0;
    options.epochs = 4;
    Loader *loader = loader_open(dataset, &options, &error);
    for (const Batch *batch; (batch = loader_next(loader, &error));)
        for (int i = 0; i < 4; i++, seen++) {
            int equal = 0;
            for (int k = i * 96 * 96; k < (i + 1) * 96 * 96; k++)
                equal += batch->images[3 * k] == batch->twins[3 * k];
            CHECK(equal > 96 * 96 / 2 && equal < 96 * 96 * 9 / 10);
        }
    CHECK(seen == 16);
    loader_close(loader);
    free(samples);
    dataset_free(dataset);
    free((char *)folder);
}

TEST(data_loader_pastes_on_clean_pictures) {
    Dataset *dataset = synth_of(24);
    int *samples = all_samples(dataset), clean = 0, defects = 0;
    LoaderOptions options = usual(samples, 24);
    options.twins = true;
    options.augment = augmentation_none();
    options.epochs = 1;
    Error error = { "" };
    Loader *loader = loader_open(dataset, &options, &error);
    for (const Batch *batch; (batch = loader_next(loader, &error));)
        for (int i = 0; i < batch->count; i++) {
            Image labels;
            CHECK(dataset_load_labels(dataset, batch->samples[i], &labels, NULL));
            bool own = false, shown = false, differs = false;
            for (size_t k = 0; k < image_bytes(&labels); k++) own |= labels.pixels[k] != 0;
            image_free(&labels);
            for (int k = i * SIDE * SIDE; k < (i + 1) * SIDE * SIDE; k++) {
                shown |= batch->labels[k] != 0;
                differs |= batch->labels[k] && batch->images[3 * k] != batch->twins[3 * k];
            }
            clean += !own;
            defects += shown && differs;
        }
    CHECK(clean > 0 && defects == 24);
    loader_close(loader);
    free(samples);
    dataset_free(dataset);
}

/* Six images, of which after the scan one gets a label out of range and one is overwritten. */
static Dataset *partly_bad(const char *folder, BadFiles bad_files) {
    for (int n = 0; n < 6; n++)
        put_sample(path_of("%s/images/training/%d.jpg", folder, n),
                   path_of("%s/annotations/training/%d.png", folder, n), (uint64_t)n, 1);
    const DatasetOptions options = { .bad_files = bad_files };
    Dataset *dataset = dataset_open("neu-seg", folder, &options, NULL);
    put_sample(path_of("%s/images/training/2.jpg", folder),
               path_of("%s/annotations/training/2.png", folder), 2, 9);
    const char *path = path_of("%s/images/training/4.jpg", folder);
    put_truncated(path, path, 300);
    return dataset;
}

TEST(data_loader_bad_pictures) {
    const char *folder = memory_text(test_folder());
    Dataset *dataset = partly_bad(folder, BAD_FILES_SKIP);
    CHECK(dataset && dataset->count == 6);
    int *samples = all_samples(dataset), stood_in = 0;
    uint64_t hashes[2][20];
    for (int way = 0; way < 2; way++) {
        LoaderOptions options = usual(samples, 6);
        options.batch = 3;
        options.threads = 1 + 3 * way;
        CHECK(hashes_of(dataset, &options, hashes[way], 20) == 6);
    }
    CHECK(!memcmp(hashes[0], hashes[1], 6 * sizeof **hashes));
    CHECK(dataset->problems.count == 4); /* two images, once for each loader */
    for (int i = 0; i < dataset->problems.count; i++) {
        char *line = problems_line(&dataset->problems, i);
        CHECK(strstr(line, "annotations/training/2.png: label 9") ||
              strstr(line, "images/training/4.jpg: truncated"));
        free(line);
    }
    Error error = { "" };
    LoaderOptions options = usual(samples, 6);
    options.batch = 6;
    options.epochs = 1;
    for (int every = 0; every < 2; every++) {
        options.every = every;
        Loader *loader = loader_open(dataset, &options, &error);
        const Batch *batch = loader_next(loader, &error);
        CHECK(batch && batch->filled == (every ? 4 : 6));
        for (int i = 0; batch && i < 6; i++) {
            CHECK(batch->samples[i] != 2 && batch->samples[i] != 4);
            stood_in += batch->samples[i] >= 0;
        }
        loader_close(loader);
    }
    CHECK(stood_in == 10);
    int bad[2] = { 2, 4 };
    options = usual(bad, 2);
    Loader *loader = loader_open(dataset, &options, &error);
    CHECK(!loader_next(loader, &error) && strstr(error.text, "none of 2 images"));
    CHECK(!loader_next(loader, &error) && strstr(error.text, "none of 2 images"));
    loader_close(loader);
    options.count = 0;
    CHECK(!loader_open(dataset, &options, &error) && strstr(error.text, "no images"));
    dataset_free(dataset);
    dataset = partly_bad(folder, BAD_FILES_REFUSE);
    options = usual(samples, 6);
    options.batch = 6;
    loader = loader_open(dataset, &options, &error);
    CHECK(!loader_next(loader, &error) && strstr(error.text, "training/"));
    loader_close(loader);
    dataset_free(dataset);
    free(samples);
    free((char *)folder);
}

TEST(data_loader_stops_at_any_moment) {
    Dataset *dataset = synth_of(12);
    int *samples = all_samples(dataset);
    LoaderOptions options = usual(samples, 12);
    options.epochs = 0;
    for (int taken = 0; taken < 8; taken++) {
        options.threads = 1 + taken % 4;
        Error error = { "" };
        Loader *loader = loader_open(dataset, &options, &error);
        for (int i = 0; i < taken; i++) CHECK(loader_next(loader, &error) != NULL);
        if (taken % 2) usleep(2000);
        loader_close(loader);
    }
    loader_close(NULL);
    free(samples);
    dataset_free(dataset);
}
