#include "hadnet/model/predictor.h"

#include "autograd/ops.h"
#include "autograd/resize_rows.h"
#include "autograd/softmax_rows.h"
#include "hadnet/model/upload.h"

#include <omp.h>
#include <stdlib.h>

enum { STRIP_ROWS = 8 }; /* made at once: enough to share what a row's resize must know */

static size_t strip_elements(const Predictor *predictor) {
    return (size_t)STRIP_ROWS * (size_t)predictor->width * (size_t)predictor->classes;
}

bool predictor_create(Predictor *predictor, const Network *network, bool head_only, int batch,
                      int size, int height, int width, Error *error) {
    *predictor = (Predictor){ .batch = batch,
                              .height = height,
                              .width = width,
                              .classes = network->options.classes,
                              .threads = omp_get_max_threads() };
    predictor->graph = graph_create(network->parameters->device, false);
    predictor->image = graph_input(predictor->graph, "image", shape_4(batch, size, size, 3));
    predictor->logits =
        network_logits(predictor->graph, network, predictor->image, head_only, &predictor->parts);
    graph_keep(predictor->logits);
    const char *message = graph_error(predictor->graph);
    const size_t pixels = (size_t)batch * (size_t)height * (size_t)width;
    const size_t threads = (size_t)predictor->threads;
    if (!message) {
        const size_t elements = (size_t)shape_elements(&predictor->logits->shape);
        predictor->host = malloc(elements * sizeof *predictor->host);
        predictor->room = malloc(threads * strip_elements(predictor) * sizeof *predictor->room);
        predictor->labels = malloc(pixels * sizeof *predictor->labels);
        predictor->scores = malloc(pixels * sizeof *predictor->scores);
    }
    if (predictor->host && predictor->room && predictor->labels && predictor->scores) return true;
    if (message)
        error_set(error, "%s", message);
    else
        error_no_memory(error, "the answers for %d pictures of %dx%d", batch, width, height);
    predictor_free(predictor);
    return false;
}

void predictor_free(Predictor *predictor) {
    graph_destroy(predictor->graph);
    free(predictor->host);
    free(predictor->room);
    free(predictor->labels);
    free(predictor->scores);
    *predictor = (Predictor){ 0 };
}

/* The most probable class; the first of equals; the background where nothing is a number. */
static uint8_t most_probable(const real *probabilities, int classes) {
    int best = 0;
    for (int k = 1; k < classes; k++)
        if (probabilities[k] > probabilities[best]) best = k;
    return (uint8_t)best;
}

/* Labels and scores of the rows first..end-1 of the batch. room: [end-first][width][classes]. */
static void answer_rows(Predictor *predictor, int64_t first, int64_t end, real *room) {
    const int classes = predictor->classes;
    const Shape *in = &predictor->logits->shape;
    const Shape out = shape_4(predictor->batch, predictor->height, predictor->width, classes);
    const int64_t pixels = (end - first) * predictor->width, at = first * predictor->width;
    resize_bilinear_rows(predictor->host, in, &out, first, end, room);
    softmax_rows(room, 1, pixels, classes, room, NULL);
    for (int64_t i = 0; i < pixels; i++) {
        const real *probabilities = room + i * classes;
        predictor->labels[at + i] = most_probable(probabilities, classes);
        predictor->scores[at + i] = (float)(1 - probabilities[0]);
    }
}

bool predictor_run(Predictor *predictor, const float *images, Error *error) {
    const int64_t rows = (int64_t)predictor->batch * predictor->height;
    if (!upload_floats(predictor->image, images, error) || !graph_forward(predictor->graph, error))
        return false;
    tensor_download(&predictor->logits->value, predictor->host);
#pragma omp parallel for schedule(static) num_threads(predictor->threads)
    for (int64_t first = 0; first < rows; first += STRIP_ROWS)
        answer_rows(predictor, first, first + STRIP_ROWS < rows ? first + STRIP_ROWS : rows,
                    predictor->room + (size_t)omp_get_thread_num() * strip_elements(predictor));
    return true;
}
