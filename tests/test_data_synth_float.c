/* test_data_synth_float.c - the generator: reproducible, every class, faint and clean images. */
#include "data/synth/synth.h"
#include "tests/data_trees.h"

#include <math.h>

static uint64_t hash(const Image *image) {
    uint64_t value = 1469598103934665603u;
    for (size_t i = 0; i < image_bytes(image); i++)
        value = (value ^ image->pixels[i]) * 1099511628211u;
    return value;
}

TEST(data_synth_is_determined_by_seed_and_index) {
    enum { COUNT = 8 };
    uint64_t alone[COUNT], together[COUNT], labels_alone[COUNT];
    for (int i = 0; i < COUNT; i++) {
        Image image, labels;
        synth_make(5, (uint64_t)i, 96, &image, &labels);
        alone[i] = hash(&image);
        labels_alone[i] = hash(&labels);
        image_free(&image);
        image_free(&labels);
    }
#pragma omp parallel for
    for (int i = COUNT - 1; i >= 0; i--) {
        Image image, labels;
        synth_make(5, (uint64_t)i, 96, &image, &labels);
        together[i] = hash(&image) ^ hash(&labels);
        image_free(&image);
        image_free(&labels);
    }
    Image image, labels;
    synth_make(6, 0, 96, &image, &labels);
    CHECK(hash(&image) != alone[0]);
    image_free(&image);
    image_free(&labels);
    for (int i = 0; i < COUNT; i++) {
        CHECK(together[i] == (alone[i] ^ labels_alone[i]));
        for (int j = 0; j < i; j++) CHECK(alone[i] != alone[j]);
    }
}

TEST(data_synth_labels_are_those_of_the_picture) {
    for (uint64_t index = 0; index < 60; index++) {
        Image image, labels, alone;
        synth_make(9, index, 48, &image, &labels);
        synth_labels(9, index, 48, &alone);
        CHECK(hash(&labels) == hash(&alone));
        image_free(&image);
        image_free(&labels);
        image_free(&alone);
    }
}

TEST(data_synth_statistics) {
    enum { COUNT = 240, SIDE = 64 };
    int with[SYNTH_CLASSES] = { 0 }, clean = 0, faint = 0, strong = 0;
    for (int i = 0; i < COUNT; i++) {
        Image image, labels;
        bool present[SYNTH_CLASSES] = { false };
        double sum[2] = { 0 }, counts[2] = { 0 };
        synth_make(7, (uint64_t)i, SIDE, &image, &labels);
        CHECK(image.channels == 3 && labels.channels == 1 && image.width == SIDE);
        for (int k = 0; k < SIDE * SIDE; k++) {
            CHECK(labels.pixels[k] < SYNTH_CLASSES);
            present[labels.pixels[k] & 3] = true;
            sum[labels.pixels[k] > 0] += image.pixels[3 * k];
            counts[labels.pixels[k] > 0]++;
        }
        for (int label = 0; label < SYNTH_CLASSES; label++) with[label] += present[label];
        const bool defect = counts[1] > 0;
        const double contrast = defect ? fabs(sum[1] / counts[1] / (sum[0] / counts[0]) - 1) : 0;
        clean += !defect;
        faint += defect && contrast < 0.06;
        strong += contrast > 0.15;
        image_free(&image);
        image_free(&labels);
    }
    for (int label = 1; label < SYNTH_CLASSES; label++)
        CHECK(with[label] > COUNT / 5 && with[label] < COUNT / 2);
    CHECK(clean > COUNT / 10 && clean < COUNT / 4);
    CHECK(faint > COUNT / 8 && strong > COUNT / 5); /* a threshold would not find them */
}

TEST(data_synth_sizes) {
    const int sizes[] = { 16, 17, 31, 257 };
    for (int i = 0; i < 4; i++)
        for (uint64_t index = 0; index < 6; index++) {
            Image image, labels;
            synth_make(8, index, sizes[i], &image, &labels);
            CHECK(image.width == sizes[i] && labels.height == sizes[i]);
            double sum = 0;
            for (size_t k = 0; k < image_bytes(&image); k++) sum += image.pixels[k];
            const double mean = sum / (double)image_bytes(&image);
            CHECK(mean > 30 && mean < 220);
            image_free(&image);
            image_free(&labels);
        }
}
