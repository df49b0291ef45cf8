/* The images of an epoch, and the class weights. */
#include "data/split/split.h"
#include "hadnet/training/class_weights.h"
#include "hadnet/training/training_images.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

static Dataset *synthetic(void) {
    const DatasetOptions options = { .synth_count = 40, .synth_size = 64, .synth_seed = 3 };
    Dataset *dataset = dataset_open("synth", NULL, &options, NULL);
    CHECK(dataset && split_dataset(dataset, SPLIT_OFFICIAL, 3, NULL));
    return dataset;
}

TEST(class_weights_follow_the_pixels) {
    Dataset *dataset = synthetic();
    int count, *samples = training_images(dataset, 0, &count);
    real weights[CLASSES_MAX];
    double pixels[CLASSES_MAX] = { 0 }, all = 0;
    for (int i = 0; i < count; i++) {
        Image image, labels;
        CHECK(dataset_load(dataset, samples[i], &image, &labels, NULL));
        for (size_t j = 0; j < image_bytes(&labels); j++) pixels[labels.pixels[j]]++, all++;
        image_free(&image);
        image_free(&labels);
    }
    class_weights(dataset, samples, count, 0.5, weights);
    for (int k = 0; k < dataset->class_count; k++)
        CHECK_NEAR(weights[k], pixels[k] > 0 ? sqrt(all / pixels[k]) : 1, 1e-6);
    class_weights(dataset, samples, 0, 0.5, weights);
    for (int k = 0; k < dataset->class_count; k++) CHECK(weights[k] == 1);
    free(samples);
    dataset_free(dataset);
}

TEST(class_weights_count_images_as_often_as_they_are_drawn) {
    Dataset *dataset = synthetic();
    int count, *samples = training_images(dataset, 0, &count);
    real once[CLASSES_MAX], twice[CLASSES_MAX], all_twice[CLASSES_MAX], none[CLASSES_MAX];
    int *list = training_images_repeat(samples, &count, 2);
    class_weights(dataset, list, count / 2, 0.25, once);
    class_weights(dataset, list, count, 0.25, all_twice);
    class_weights(dataset, list, count / 2 + 1, 0.25, twice);
    class_weights(dataset, list, count, 0, none);
    bool differ = false;
    for (int k = 0; k < dataset->class_count; k++) {
        CHECK_NEAR(all_twice[k], once[k], 1e-6);
        CHECK(none[k] == 1);
        differ = differ || twice[k] != once[k];
    }
    CHECK(differ);
    free(list);
    dataset_free(dataset);
}

/* Set the labels so that `defective` of the training images show a defect; check the list. */
static void check_balance(Dataset *dataset, int defective, int times) {
    int count, listed, *samples = training_images(dataset, 0, &count);
    for (int i = 0; i < count; i++) dataset->samples[samples[i]].label = i < defective ? 2 : 0;
    int *list = training_images_balanced(dataset, 0, &listed);
    test_case("%d of %d images show a defect", defective, count);
    CHECK(listed == count + (times - 1) * defective);
    for (int i = 0; i < count; i++) {
        int found = 0;
        for (int j = 0; j < listed; j++) found += list[j] == samples[i];
        CHECK(found == (i < defective ? times : 1));
    }
    free(list);
    free(samples);
}

TEST(defective_images_are_half_of_an_epoch) {
    Dataset *dataset = synthetic(); /* 32 of its 40 images train */
    check_balance(dataset, 0, 1);
    check_balance(dataset, 1, 31);
    check_balance(dataset, 4, 7);
    check_balance(dataset, 10, 2);
    check_balance(dataset, 16, 1);
    check_balance(dataset, 32, 1);
    int count;
    free(training_images(dataset, 5, &count));
    CHECK(count == 5);
    dataset_free(dataset);
}

TEST(images_of_rare_classes_are_drawn_more_often) {
    Dataset *dataset = synthetic(); /* 32 of its 40 images train */
    int count, *list = training_images(dataset, 0, &count), of[4] = { 0 };
    for (int i = 0; i < count; i++)
        dataset->samples[list[i]].label = i < 2 ? 3 : i < 10 ? 2 : i % 2; /* 2, 8, 11, 11 */
    int *same = training_images_rare(dataset, list, &count, 0);
    CHECK(same == list && count == 32);
    list = training_images_rare(dataset, list, &count, 0.5);
    for (int i = 0; i < count; i++) of[dataset->samples[list[i]].label]++;
    /* sqrt(.5 / (2/32)) = 2.83, sqrt(.5 / (8/32)) = 1.41, sqrt(.5 / (11/32)) = 1.21 */
    CHECK(of[3] == 5 && of[2] == 11 && of[1] == 13 && of[0] == 13 && count == 42);
    free(list);
    dataset_free(dataset);
}
