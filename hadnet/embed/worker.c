/* worker.c - prepares an image or a tile, and runs the network on it. */
#include "hadnet/embed/worker.h"

#include "data/image/resize.h"
#include "hadnet/embed/tiles.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

Worker *worker_create(const Network *network, const ModelCard *card, int turns, Error *error) {
    const int size = card->size;
    Worker *worker = memory_new(1, sizeof *worker);
    worker->card = card;
    worker->input = malloc((size_t)size * (size_t)size * 3 * sizeof *worker->input);
    if (!worker->input)
        error_no_memory(error, "an image of %dx%d", size, size);
    else if (predictor_create(&worker->predictor, network, false, 1, size, 0, 0, error)) {
        worker->predictor.fit = card->fit;
        if (turns == 1 || predictor_set_turns(&worker->predictor, turns, error)) return worker;
        predictor_free(&worker->predictor);
    }
    free(worker->input);
    free(worker);
    return NULL;
}

void worker_free(Worker *worker) {
    predictor_free(&worker->predictor);
    free(worker->input);
    free(worker);
}

/* Resize the image to the network's size, in 0..1, normalised, and run the network. */
static bool run(Worker *worker, const Image *image, Error *error) {
    const int size = worker->card->size;
    Image resized = image_fit_bilinear(image, worker->card->fit, size);
    for (size_t i = 0; i < image_bytes(&resized); i++)
        worker->input[i] = (real)resized.pixels[i] * (1 / 255.0f);
    image_free(&resized);
    augmentation_normalise(&worker->card->normalisation, worker->input,
                           (size_t)size * (size_t)size);
    return predictor_forward(&worker->predictor, worker->input, error);
}

static bool predict_whole(Worker *worker, const Image *image, const PredictMethod *method,
                          HadnetAnswer *answer, Error *error) {
    const PredictorAnswer to = { .height = image->height,
                                 .width = image->width,
                                 .labels = answer->mask,
                                 .scores = answer->score,
                                 .threshold = method->threshold };
    return run(worker, image, error) && predictor_answer(&worker->predictor, 0, &to, error);
}

/* ---- Tiles ---- */

typedef struct TileWork {
    Worker *worker;
    const Image *image;
    const PredictMethod *method;
    Image tile; /* its pixels */
} TileWork;

static void cut_tile(const Image *image, int top, int left, Image *tile) {
    uint8_t *to = tile->pixels;
    for (int y = 0; y < tile->height; y++) {
        const size_t row = (size_t)image_mirrored(top + y, image->height) * (size_t)image->width;
        for (int x = 0; x < tile->width; x++, to += 3)
            memcpy(to, image->pixels + 3 * (row + (size_t)image_mirrored(left + x, image->width)),
                   3);
    }
}

typedef struct Copy {
    real *to;
    size_t row; /* elements of one */
} Copy;

static void copy_rows(void *context, int64_t first, int64_t end, const real *probabilities) {
    const Copy *copy = context;
    memcpy(copy->to + (size_t)first * copy->row, probabilities,
           (size_t)(end - first) * copy->row * sizeof *probabilities);
}

static bool predict_tile(void *context, int top, int left, real *probabilities, Error *error) {
    TileWork *work = context;
    Predictor *predictor = &work->worker->predictor;
    const int side = work->tile.width;
    Copy copy = { probabilities, (size_t)side * (size_t)predictor->classes };
    if (work->method->stop && work->method->stop()) return error_set(error, "stopped");
    cut_tile(work->image, top, left, &work->tile);
    return run(work->worker, &work->tile, error) &&
           predictor_rows(predictor, 0, side, side, copy_rows, &copy, error);
}

static bool predict_tiles(Worker *worker, const Image *image, const PredictMethod *method,
                          HadnetAnswer *answer, Error *error) {
    TileWork work = { .worker = worker, .image = image, .method = method };
    const Tiling tiling = { .side = method->tile,
                            .classes = worker->predictor.classes,
                            .threshold = method->threshold,
                            .predict = predict_tile,
                            .context = &work };
    if (!image_allocate(&work.tile, method->tile, method->tile, 3, "a tile", error)) return false;
    const bool good = tiles_predict(&tiling, answer, error);
    image_free(&work.tile);
    return good;
}

bool worker_predict(Worker *worker, const Image *image, const PredictMethod *method,
                    HadnetAnswer *answer, Error *error) {
    return tiles_count(image->width, image->height, method->tile) > 0
               ? predict_tiles(worker, image, method, answer, error)
               : predict_whole(worker, image, method, answer, error);
}
