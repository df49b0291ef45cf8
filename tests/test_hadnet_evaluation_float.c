/* The amount of work of an evaluation, counted rather than timed. */
#include "hadnet/training/evaluation.h"
#include "tensor/kernels/kernel_work.h"
#include "tests/test.h"

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
