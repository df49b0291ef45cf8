/* The amount of work of an evaluation, counted rather than timed. */
#include "data/image/resize.h"
#include "hadnet/model/predictor.h"
#include "hadnet/training/evaluation.h"
#include "tensor/kernels/kernel_work.h"
#include "tensor/random.h"
#include "tests/data_trees.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

enum { IMAGES = 10, SIZE = 32 };

/* Multiply-adds issued to evaluate `count` images with batches of at most `batch`. */
static int64_t work_of(const Network *network, const ModelCard *card, Dataset *dataset, int count,
                       int batch) {
    const EvaluationOptions options = { .part = PART_TEST, .batch = batch, .limit = count };
    const int64_t before = kernel_work().multiply_adds;
    Error error = { "" };
    Metrics metrics;
    CHECK(evaluation_run(network, card, dataset, &options, &metrics, NULL, &error));
    CHECK(metrics_summary(&metrics).images == count);
    metrics_free(&metrics);
    return kernel_work().multiply_adds - before;
}

/* A batch has no more places than there are images, and the last one few empty places. */
TEST(evaluation_computes_no_more_than_its_images) {
    const NetworkOptions network_options = { .architecture = architecture_find("compact"),
                                             .hyperbolic = true,
                                             .curvature = 0.01,
                                             .ard = ARD_RANK,
                                             .classes = 4,
                                             .seed = 1 };
    const DatasetOptions synth = { .synth_count = IMAGES, .synth_size = SIZE };
    Network *network = network_create(&network_options, device_cpu(), NULL);
    Dataset *dataset = dataset_open("synth", NULL, &synth, NULL);
    for (int i = 0; i < IMAGES; i++) dataset->samples[i].part = PART_TEST;
    ModelCard card = model_card_create(SIZE, dataset->classes, dataset->class_count);
    const int64_t four = work_of(network, &card, dataset, 4, 4);
    CHECK(four > 0);
    CHECK(work_of(network, &card, dataset, 4, 5) == four);
    CHECK(work_of(network, &card, dataset, 4, 4096) == four);
    CHECK(work_of(network, &card, dataset, 8, 7) == 2 * four); /* not 14 images */
    CHECK(work_of(network, &card, dataset, 8, 4) == 2 * four);
    CHECK(work_of(network, &card, dataset, 1, 1) < four);
    model_card_free(&card);
    dataset_free(dataset);
    network_destroy(network);
}

/* The sum over images of their masks' pixels, and each image's own answer, by hadnet_predict's way:
 * one image at a time, at its own size. */
static void check_by_image(const Network *network, const ModelCard *card, Dataset *dataset,
                           const MetricsSummary *together) {
    Metrics metrics;
    Error error = { "" };
    metrics_begin(&metrics, card->classes);
    for (int i = 0; i < dataset->count; i++) {
        Predictor predictor;
        Image image, labels;
        CHECK(dataset_load(dataset, i, &image, &labels, &error));
        CHECK(predictor_create(&predictor, network, false, 1, SIZE, labels.height, labels.width,
                               &error));
        predictor.fit = card->fit;
        Image resized = image_fit_bilinear(&image, card->fit, SIZE);
        real input[SIZE * SIZE * 3];
        for (int k = 0; k < SIZE * SIZE * 3; k++) input[k] = (real)resized.pixels[k] * (1 / 255.0f);
        augmentation_normalise(&card->normalisation, input, SIZE * SIZE);
        CHECK(predictor_run(&predictor, input, &error));
        CHECK(metrics_add(&metrics, labels.pixels, predictor.labels, predictor.scores,
                          image_bytes(&labels), &error));
        image_free(&resized);
        image_free(&image);
        image_free(&labels);
        predictor_free(&predictor);
    }
    const MetricsSummary one_by_one = metrics_summary(&metrics);
    CHECK(together->pixels == one_by_one.pixels);
    CHECK(together->pixel_accuracy == one_by_one.pixel_accuracy);
    CHECK(together->miou_all == one_by_one.miou_all);
    metrics_free(&metrics);
}

/* Masks are not resized: the network sees images of 32, and is compared at 47. */
TEST(evaluation_compares_at_the_masks_own_size) {
    enum { OWN = 47, COUNT = 5 };
    const NetworkOptions network_options = { .architecture = architecture_find("compact"),
                                             .hyperbolic = true,
                                             .curvature = 0.01,
                                             .ard = ARD_RANK,
                                             .classes = 4,
                                             .seed = 3 };
    const DatasetOptions synth = { .synth_count = COUNT, .synth_size = OWN, .synth_seed = 7 };
    Network *network = network_create(&network_options, device_cpu(), NULL);
    Dataset *dataset = dataset_open("synth", NULL, &synth, NULL);
    for (int i = 0; i < COUNT; i++) dataset->samples[i].part = PART_TEST;
    ModelCard card = model_card_create(SIZE, dataset->classes, dataset->class_count);
    const EvaluationOptions options = { .part = PART_TEST, .batch = 3 };
    Error error = { "" };
    Metrics metrics;
    CHECK(evaluation_run(network, &card, dataset, &options, &metrics, NULL, &error));
    const MetricsSummary summary = metrics_summary(&metrics);
    CHECK(summary.pixels + summary.ignored == (int64_t)COUNT * OWN * OWN);
    CHECK(summary.nll > 0 && summary.calibration_error >= 0 && summary.calibration_error <= 1);
    check_by_image(network, &card, dataset, &summary);
    metrics_free(&metrics);
    model_card_free(&card);
    dataset_free(dataset);
    network_destroy(network);
}

/* Photographs of 40 x 32 from files, by the fit that the card states. */
TEST(evaluation_fits_images_as_the_card_says) {
    enum { COUNT = 5 };
    const NetworkOptions network_options = { .architecture = architecture_find("compact"),
                                             .hyperbolic = true,
                                             .curvature = 0.01,
                                             .ard = ARD_RANK,
                                             .classes = 2,
                                             .seed = 3 };
    const char *root = test_folder();
    double nll[2];
    Error error = { "" };
    for (int i = 0; i < COUNT; i++)
        put_sample(path_of("%s/fitted/images/%d.jpg", root, i),
                   path_of("%s/fitted/masks/%d.png", root, i), (uint64_t)i, 1);
    Network *network = network_create(&network_options, device_cpu(), NULL);
    Dataset *dataset = dataset_open("folder", path_of("%s/fitted", root), NULL, &error);
    PROMISE(dataset && dataset->class_count == 2, "%s", error.text);
    for (int i = 0; i < COUNT; i++) dataset->samples[i].part = PART_TEST;
    ModelCard card = model_card_create(SIZE, dataset->classes, dataset->class_count);
    const EvaluationOptions options = { .part = PART_TEST, .batch = 3 };
    for (int fit = 0; fit < 2; fit++) {
        Metrics metrics;
        test_case("evaluation, %s", fit_names[fit]);
        card.fit = (Fit)fit;
        CHECK(evaluation_run(network, &card, dataset, &options, &metrics, NULL, &error));
        const MetricsSummary summary = metrics_summary(&metrics);
        check_by_image(network, &card, dataset, &summary);
        nll[fit] = summary.nll;
        metrics_free(&metrics);
    }
    CHECK(fabs(nll[FIT_LETTERBOX] - nll[FIT_STRETCH]) > 1e-6);
    model_card_free(&card);
    dataset_free(dataset);
    network_destroy(network);
}

/* The probability of the predicted class, of the background, and of no class. */
TEST(evaluation_probabilities_are_those_of_the_labels) {
    enum { SIDE = 21, PIXELS = SIDE * SIDE };
    static real image[SIZE * SIZE * 3];
    static uint8_t labels[PIXELS], given[PIXELS], truth[PIXELS], at_0[PIXELS];
    static float scores[PIXELS], confidences[PIXELS], likelihoods[PIXELS];
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.01,
                                     .ard = ARD_RANK,
                                     .classes = 4,
                                     .seed = 9 };
    const PredictorAnswer answer = { .height = SIDE,
                                     .width = SIDE,
                                     .labels = labels,
                                     .defects = given,
                                     .scores = scores,
                                     .confidences = confidences,
                                     .truth = truth,
                                     .likelihoods = likelihoods };
    const PredictorAnswer low = {
        .height = SIDE, .width = SIDE, .labels = at_0, .scores = scores, .threshold = 1e-9
    };
    Network *network = network_create(&options, device_cpu(), NULL);
    Random random = random_stream(3, 0, 0, 0);
    Predictor predictor;
    Error error = { "" };
    int defects = 0;
    for (int i = 0; i < SIZE * SIZE * 3; i++) image[i] = (real)random_normal(&random);
    CHECK(predictor_create(&predictor, network, true, 1, SIZE, 0, 0, &error));
    CHECK(predictor_forward(&predictor, image, &error));
    CHECK(predictor_answer(&predictor, 0, &answer, &error)); /* of the background */
    for (int i = 0; i < PIXELS; i++) {
        CHECK(fabsf(likelihoods[i] - (1 - scores[i])) <= 1e-6f);
        truth[i] = i % 2 ? labels[i] : METRICS_IGNORE;
        defects += labels[i] != 0;
    }
    CHECK(defects > 0);
    CHECK(predictor_answer(&predictor, 0, &answer, &error));
    for (int i = 0; i < PIXELS; i++) CHECK(likelihoods[i] == (i % 2 ? confidences[i] : 1));
    for (int i = 0; i < PIXELS; i++) CHECK(confidences[i] >= 0.25f && confidences[i] <= 1);
    for (int i = 0; i < PIXELS; i++) CHECK(labels[i] == 0 || given[i] == labels[i]);
    CHECK(predictor_answer(&predictor, 0, &low, &error)); /* every pixel reaches this threshold */
    for (int i = 0; i < PIXELS; i++) CHECK(given[i] > 0 && given[i] == at_0[i]);
    predictor_free(&predictor);
    network_destroy(network);
}

static int rising(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The mIoU over the defects of every image alone, sorted; returns how many have one. */
static int sorted_scores(const Network *network, const ModelCard *card, Dataset *dataset,
                         double *scores) {
    const EvaluationOptions options = { .part = PART_VAL, .batch = 1, .head_only = true };
    Error error = { "" };
    int count = 0;
    for (int i = 0; i < dataset->count; i++) dataset->samples[i].part = PART_TEST;
    for (int i = 0; i < dataset->count; i++) {
        Metrics metrics;
        dataset->samples[i].part = PART_VAL;
        CHECK(evaluation_run(network, card, dataset, &options, &metrics, NULL, &error));
        dataset->samples[i].part = PART_TEST;
        const double iou = metrics_summary(&metrics).miou_defects;
        if (!isnan(iou)) scores[count++] = iou;
        metrics_free(&metrics);
    }
    qsort(scores, (size_t)count, sizeof *scores, rising);
    return count;
}

TEST(evaluation_keeps_the_worst_and_the_best) {
    enum { COUNT = 14 };
    const NetworkOptions network_options = { .architecture = architecture_find("compact"),
                                             .hyperbolic = true,
                                             .curvature = 0.01,
                                             .ard = ARD_RANK,
                                             .classes = 4,
                                             .seed = 5 };
    const DatasetOptions synth = { .synth_count = COUNT, .synth_size = SIZE, .synth_seed = 7 };
    const EvaluationOptions options = { .part = PART_TEST, .batch = 3, .head_only = true };
    Network *network = network_create(&network_options, device_cpu(), NULL);
    Dataset *dataset = dataset_open("synth", NULL, &synth, NULL);
    ModelCard card = model_card_create(SIZE, dataset->classes, dataset->class_count);
    Examples examples = { .count = 0 };
    Error error = { "" };
    Metrics metrics;
    double scores[COUNT];
    const int count = sorted_scores(network, &card, dataset, scores);
    CHECK(count > EXTREMES_MAX && scores[0] < scores[count - 1]);
    CHECK(evaluation_run(network, &card, dataset, &options, &metrics, &examples, &error));
    CHECK(examples.worst.count == EXTREMES_MAX && examples.best.count == EXTREMES_MAX);
    for (int i = 0; i < EXTREMES_MAX; i++) {
        CHECK(examples.worst.iou[i] == scores[i]);
        CHECK(examples.best.iou[i] == scores[count - 1 - i]);
        CHECK(examples.worst.samples[i].prediction && examples.worst.samples[i].caption);
    }
    examples_free(&examples);
    metrics_free(&metrics);
    model_card_free(&card);
    dataset_free(dataset);
    network_destroy(network);
}
