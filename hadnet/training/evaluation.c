/* evaluation.c - feeds the images of a part to a predictor, and collects metrics and examples. */
#include "hadnet/training/evaluation.h"

#include "data/loader.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/progress.h"
#include "hadnet/model/predictor.h"
#include "hadnet/reports/mask_cells.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

static const size_t CACHE_BYTES = 0; /* every image is read once */

/* Add the autoencoders' results for a batch, level by level. */
static bool add_reconstruction(const Predictor *predictor, const Batch *batch,
                               Reconstruction *reconstruction, Error *error) {
    for (int level = 0; level < reconstruction->levels; level++) {
        const Node *given = predictor->parts.found.reduced[level];
        const int64_t height = given->shape.size[1], width = given->shape.size[2];
        const int64_t elements = shape_elements(&given->shape), each = elements / batch->count;
        real *features = malloc((size_t)elements * sizeof *features);
        real *rebuilt = malloc((size_t)elements * sizeof *rebuilt);
        real *shares = malloc((size_t)(height * width) * sizeof *shares);
        const bool good = features && rebuilt && shares;
        if (good) {
            tensor_download(&given->value, features);
            tensor_download(&predictor->parts.found.reconstructed[level]->value, rebuilt);
        }
        for (int i = 0; good && i < batch->count; i++) {
            if (batch->samples[i] < 0) continue;
            mask_cells(batch->labels + (size_t)i * (size_t)batch->size * (size_t)batch->size,
                       batch->size, height, width, shares);
            reconstruction_add(reconstruction, level, height * width, features + i * each,
                               rebuilt + i * each, shares);
        }
        free(features);
        free(rebuilt);
        free(shares);
        if (!good) return error_no_memory(error, "the features of level %d", level + 1);
    }
    return true;
}

static void keep_parts(const Predictor *predictor) {
    for (int i = 0; i < MAX_LEVELS; i++) {
        graph_keep(predictor->parts.found.reduced[i]);
        graph_keep(predictor->parts.found.reconstructed[i]);
    }
}

/* Memory for the answer of one image, at the size of its mask. */
typedef struct Answers {
    size_t pixels; /* that there is room for */
    uint8_t *labels, *defects;
    float *scores, *confidences, *likelihoods;
} Answers;

static void answers_free(Answers *answers) {
    free(answers->labels);
    free(answers->defects);
    free(answers->scores);
    free(answers->confidences);
    free(answers->likelihoods);
    *answers = (Answers){ 0 };
}

static bool answers_fit(Answers *answers, const Image *labels, Error *error) {
    const size_t pixels = image_bytes(labels);
    if (pixels <= answers->pixels) return true;
    answers_free(answers);
    answers->pixels = pixels;
    answers->labels = malloc(pixels);
    answers->defects = malloc(pixels);
    answers->scores = malloc(pixels * sizeof *answers->scores);
    answers->confidences = malloc(pixels * sizeof *answers->confidences);
    answers->likelihoods = malloc(pixels * sizeof *answers->likelihoods);
    if (answers->labels && answers->defects && answers->scores && answers->confidences &&
        answers->likelihoods)
        return true;
    answers_free(answers);
    return error_no_memory(error, "the answer for an image of %dx%d", labels->width,
                           labels->height);
}

/* Compare the answer for a place of the batch with the mask, at the mask's own size: a resized mask
 * would have lost its thinnest defects. */
static bool evaluate_place(Predictor *predictor, int place, const Image *truth, Answers *answers,
                           Metrics *metrics, Error *error) {
    const size_t pixels = image_bytes(truth);
    if (!answers_fit(answers, truth, error)) return false;
    const PredictorAnswer answer = { .height = truth->height,
                                     .width = truth->width,
                                     .labels = answers->labels,
                                     .defects = answers->defects,
                                     .scores = answers->scores,
                                     .confidences = answers->confidences,
                                     .truth = truth->pixels,
                                     .likelihoods = answers->likelihoods };
    if (!predictor_answer(predictor, place, &answer, error) ||
        !metrics_add(metrics, truth->pixels, answer.labels, answer.scores, pixels, error))
        return false;
    metrics_add_probabilities(metrics, truth->pixels, answer.labels, answer.confidences,
                              answer.likelihoods, pixels);
    metrics_add_thresholds(metrics, truth->pixels, answer.defects, answer.scores, pixels);
    return true;
}

/* mIoU over the defects of one image; NaN: there is none. */
static double image_iou(const Image *truth, const uint8_t *labels, int classes) {
    Metrics metrics;
    double iou = NAN;
    metrics_begin(&metrics, classes);
    if (metrics_add(&metrics, truth->pixels, labels, NULL, image_bytes(truth), NULL))
        iou = metrics_summary(&metrics).miou_defects;
    metrics_free(&metrics);
    return iou;
}

static bool evaluate_batch(Predictor *predictor, const Batch *batch, const ModelCard *card,
                           const Dataset *dataset, Answers *answers, Metrics *metrics,
                           Examples *examples, Error *error) {
    bool good = predictor_forward(predictor, batch->images, error);
    for (int i = 0; good && i < batch->count; i++) {
        Image truth;
        if (batch->samples[i] < 0) continue;
        good = dataset_load_labels(dataset, batch->samples[i], &truth, error) &&
               evaluate_place(predictor, i, &truth, answers, metrics, error);
        const ExampleSource source = { predictor, batch, i, card, dataset };
        if (good && examples)
            good = examples_offer(examples, &source,
                                  image_iou(&truth, answers->labels, card->classes), error);
        image_free(&truth);
    }
    return good;
}

/* The head's use of the ball in the images of a batch. */
static bool add_geometry(GeometrySums *geometry, const Batch *batch, Error *error) {
    for (int i = 0; i < batch->count; i++)
        if (batch->samples[i] >= 0 &&
            !geometry_add(geometry, i,
                          batch->labels + (size_t)i * (size_t)batch->size * (size_t)batch->size,
                          batch->size, error))
            return false;
    return true;
}

static bool add_defects(Defects *defects, const Batch *batch, const ModelCard *card, Error *error) {
    const size_t pixels = (size_t)batch->size * (size_t)batch->size;
    for (int i = 0; i < batch->count; i++)
        if (batch->samples[i] >= 0 &&
            !defects_add(defects, i, batch->images + 3 * pixels * (size_t)i, &card->normalisation,
                         batch->labels + pixels * (size_t)i, batch->size, error))
            return false;
    return true;
}

static bool evaluate_all(Loader *loader, Predictor *predictor, const ModelCard *card,
                         const Dataset *dataset, const EvaluationOptions *options, Metrics *metrics,
                         Examples *examples, Error *error) {
    const char *label = options->label;
    Reconstruction *reconstruction = options->head_only ? NULL : options->reconstruction;
    GeometrySums *geometry = options->geometry;
    if (reconstruction) keep_parts(predictor);
    Progress progress = progress_begin(label ? label : "", loader_batches(loader));
    Answers answers = { 0 };
    int64_t images = 0, step = 0;
    bool good = true;
    while (good) {
        const Batch *batch = loader_next(loader, error);
        if (!batch) {
            good = !error->text[0];
            break;
        }
        if (interrupt_requested()) good = error_set(error, "interrupted");
        good =
            good &&
            evaluate_batch(predictor, batch, card, dataset, &answers, metrics, examples, error) &&
            (!reconstruction || add_reconstruction(predictor, batch, reconstruction, error)) &&
            (!geometry || add_geometry(geometry, batch, error)) &&
            (!options->defects || add_defects(options->defects, batch, card, error));
        images += batch->filled;
        if (label && good) progress_update(&progress, ++step, images, NAN);
    }
    if (label) progress_end(&progress);
    answers_free(&answers);
    return good;
}

/* The batch size, at most `wish`: the smallest that needs no more batches, as the last batch's
 * empty places are computed like the others. */
static int images_at_a_time(int wish, int count) {
    const int batches = (count - 1) / wish + 1;
    return (count - 1) / batches + 1;
}

bool evaluation_run(const Network *network, const ModelCard *card, Dataset *dataset,
                    const EvaluationOptions *options, Metrics *metrics, Examples *examples,
                    Error *error) {
    int count;
    int *samples = dataset_part(dataset, options->part, &count);
    if (options->limit > 0 && count > options->limit) count = options->limit;
    metrics_begin(metrics, card->classes);
    if (count == 0) {
        free(samples);
        return error_set(error, "%s: no images in part '%s'", dataset->folder,
                         dataset_part_name(options->part));
    }
    const int batch = images_at_a_time(options->batch, count);
    LoaderOptions loading = loader_default(samples, count);
    loading.size = card->size;
    loading.fit = card->fit;
    loading.batch = batch;
    loading.every = true;
    loading.normalisation = card->normalisation;
    loading.epochs = 1;
    loading.cache_bytes = CACHE_BYTES;
    loading.device = network->parameters->device;
    Predictor predictor;
    bool good =
        predictor_create(&predictor, network, options->head_only, batch, card->size, 0, 0, error);
    if (good) {
        predictor.fit = card->fit;
        if (options->geometry)
            geometry_begin(options->geometry, predictor.graph, network, predictor.parts.tangents,
                           predictor.parts.head_logits);
        if (options->defects) defects_begin(options->defects, network, predictor.parts.tangents);
        const int turns = options->turns ? options->turns : 1;
        Loader *loader = loader_open(dataset, &loading, error);
        good = loader && (turns == 1 || predictor_set_turns(&predictor, turns, error)) &&
               evaluate_all(loader, &predictor, card, dataset, options, metrics, examples, error);
        loader_close(loader);
        predictor_free(&predictor);
    }
    free(samples);
    return good;
}
