#include "hadnet/predictor.h"

#include "autograd/ops.h"
#include "hadnet/upload.h"

#include <stdlib.h>

bool predictor_create(Predictor *predictor, const Network *network, bool head_only, int batch,
                      int size, int height, int width, Error *error) {
    *predictor = (Predictor){
        .batch = batch, .height = height, .width = width, .classes = network->options.classes
    };
    predictor->graph = graph_create(network->parameters->device, false);
    predictor->image = graph_input(predictor->graph, "image", shape_4(batch, size, size, 3));
    Node *logits =
        network_infer(predictor->graph, network, predictor->image, head_only, height, width);
    predictor->probabilities = softmax(logits);
    graph_keep(predictor->probabilities);
    const size_t pixels = (size_t)batch * (size_t)height * (size_t)width;
    predictor->host = malloc(pixels * (size_t)predictor->classes * sizeof *predictor->host);
    predictor->labels = malloc(pixels * sizeof *predictor->labels);
    predictor->scores = malloc(pixels * sizeof *predictor->scores);
    const char *message = graph_error(predictor->graph);
    if (!message && predictor->host && predictor->labels && predictor->scores) return true;
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

bool predictor_run(Predictor *predictor, const float *images, Error *error) {
    const int64_t pixels = (int64_t)predictor->batch * predictor->height * predictor->width;
    const int classes = predictor->classes;
    if (!upload_floats(predictor->image, images, error) || !graph_forward(predictor->graph, error))
        return false;
    tensor_download(&predictor->probabilities->value, predictor->host);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < pixels; i++) {
        const real *probabilities = predictor->host + i * classes;
        predictor->labels[i] = most_probable(probabilities, classes);
        predictor->scores[i] = (float)(1 - probabilities[0]);
    }
    return true;
}
