/* predictor.c - runs the network, upsamples its logits in strips of rows, and averages over
 * turns. */
#include "hadnet/model/predictor.h"

#include "autograd/ops.h"
#include "autograd/resize_rows.h"
#include "autograd/softmax_rows.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP_ROWS = 8 }; /* rows resized at once: enough to amortise a row's setup */

static size_t strip_elements(const Predictor *predictor, int width) {
    const size_t strips = predictor->turns > 1 ? 2 : 1; /* the second one for the sum */
    return strips * (size_t)STRIP_ROWS * (size_t)width * (size_t)predictor->classes;
}

/* Strips for answers of that width, one for every thread. */
static bool make_room(Predictor *predictor, int width) {
    if (width <= predictor->room_width) return true;
    free(predictor->room);
    predictor->room_width = 0;
    predictor->room = malloc((size_t)predictor->threads * strip_elements(predictor, width) *
                             sizeof *predictor->room);
    if (!predictor->room) return false;
    predictor->room_width = width;
    return true;
}

/* Memory for the predictor's own labels and scores; none for answers of size 0. */
static bool make_buffers(Predictor *predictor) {
    const size_t elements = (size_t)shape_elements(&predictor->logits->shape);
    const size_t pixels =
        (size_t)predictor->batch * (size_t)predictor->height * (size_t)predictor->width;
    predictor->host = malloc(elements * sizeof *predictor->host);
    if (pixels == 0) return predictor->host;
    predictor->labels = malloc(pixels * sizeof *predictor->labels);
    predictor->scores = malloc(pixels * sizeof *predictor->scores);
    return predictor->host && predictor->labels && predictor->scores &&
           make_room(predictor, predictor->width);
}

static bool no_memory(const Predictor *predictor, int height, int width, Error *error) {
    return error_no_memory(error, "the answers for %d images of %dx%d", predictor->batch, width,
                           height);
}

bool predictor_create(Predictor *predictor, const Network *network, bool head_only, int batch,
                      int size, int height, int width, Error *error) {
    *predictor = (Predictor){ .batch = batch,
                              .height = height,
                              .width = width,
                              .classes = network->options.classes,
                              .turns = 1,
                              .threads = omp_get_max_threads() };
    predictor->graph = graph_create(network->parameters->device, false);
    predictor->image = graph_input(predictor->graph, "image", shape_4(batch, size, size, 3));
    predictor->logits =
        network_logits(predictor->graph, network, predictor->image, head_only, &predictor->parts);
    graph_keep(predictor->logits);
    const char *message = graph_error(predictor->graph);
    if (message)
        error_set(error, "%s", message);
    else if (!make_buffers(predictor))
        no_memory(predictor, height, width, error);
    else if (feed_create(&predictor->feed, network->parameters->device, &predictor->image, 1,
                         error))
        return true;
    predictor_free(predictor);
    return false;
}

void predictor_free(Predictor *predictor) {
    feed_destroy(&predictor->feed);
    graph_destroy(predictor->graph);
    free(predictor->host);
    free(predictor->turned);
    free(predictor->room);
    free(predictor->labels);
    free(predictor->scores);
    *predictor = (Predictor){ 0 };
}

bool predictor_set_turns(Predictor *predictor, int turns, Error *error) {
    PROMISE(turns == 1 || turns == 2 || turns == 4 || turns == 8, "%d turns", turns);
    const size_t logits = (size_t)shape_elements(&predictor->logits->shape);
    const size_t image = (size_t)shape_elements(&predictor->image->shape);
    real *host = malloc((size_t)turns * logits * sizeof *host);
    real *turned = malloc((image > logits ? image : logits) * sizeof *turned);
    if (!host || !turned) {
        free(host);
        free(turned);
        return error_no_memory(error, "the answers of %d turned images", turns);
    }
    free(predictor->host);
    free(predictor->turned);
    predictor->host = host;
    predictor->turned = turned;
    predictor->turns = turns;
    const int width = predictor->room_width;
    predictor->room_width = 0; /* the strips' size has changed */
    return width == 0 || make_room(predictor, width) ||
           error_no_memory(error, "the answers of %d turned images", turns);
}

/* Symmetry `turn` of a square, 0..7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2
 * transposes. Returns the source position of position y, x of the turned square. */
static int64_t shown_at(int turn, int64_t side, int64_t y, int64_t x) {
    const int64_t row = turn & 4 ? x : y, column = turn & 4 ? y : x;
    return (turn & 2 ? side - 1 - row : row) * side + (turn & 1 ? side - 1 - column : column);
}

/* Copy squares with `channels` reals per pixel into turned ones; back: the inverse. */
static void turn_squares(int turn, bool back, int64_t count, int64_t side, int64_t channels,
                         const real *from, real *to) {
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < count * side; row++)
        for (int64_t x = 0; x < side; x++) {
            const int64_t turned = (row * side + x) * channels;
            const int64_t shown =
                (row / side * side * side + shown_at(turn, side, row % side, x)) * channels;
            memcpy(to + (back ? shown : turned), from + (back ? turned : shown),
                   (size_t)channels * sizeof *to);
        }
}

/* The probabilities of a part of an image's frame, averaged over all turns, in room, which is
 * followed by a strip for one turn's. logits: of the image, before any turn. */
static void average_probabilities(const Predictor *predictor, const real *logits, const Shape *out,
                                  const ResizePart *part, real *room) {
    const Shape *all = &predictor->logits->shape;
    const Shape in = shape_4(1, all->size[1], all->size[2], all->size[3]);
    const int64_t pixels = (part->end - part->first) * part->columns;
    const int64_t n = pixels * predictor->classes;
    const real share = 1 / (real)predictor->turns;
    for (int turn = 0; turn < predictor->turns; turn++) {
        real *p = turn == 0 ? room : room + n;
        resize_bilinear_rows(logits + turn * shape_elements(all), &in, out, part, p);
        softmax_rows(p, 1, pixels, predictor->classes, p, NULL);
        for (int64_t i = 0; turn > 0 && i < n; i++) room[i] += p[i];
    }
    for (int64_t i = 0; predictor->turns > 1 && i < n; i++) room[i] *= share;
}

bool predictor_rows(Predictor *predictor, int place, int height, int width, PredictorRows take,
                    void *context, Error *error) {
    const Frame frame = frame_of(predictor->fit, width, height);
    const Shape out = shape_4(1, frame.height, frame.width, predictor->classes);
    const real *logits =
        predictor->host + place * (shape_elements(&predictor->logits->shape) / predictor->batch);
    if (!make_room(predictor, width)) return no_memory(predictor, height, width, error);
    const size_t strip = strip_elements(predictor, width);
#pragma omp parallel for schedule(static) num_threads(predictor->threads)
    for (int64_t first = 0; first < height; first += STRIP_ROWS) {
        const int64_t end = first + STRIP_ROWS < height ? first + STRIP_ROWS : height;
        real *room = predictor->room + (size_t)omp_get_thread_num() * strip;
        const ResizePart part = { frame.top + first, frame.top + end, frame.left, width };
        average_probabilities(predictor, logits, &out, &part, room);
        take(context, first, end, room);
    }
    return true;
}

/* The logits of one turn, brought back to the image's orientation. */
static bool run_turn(Predictor *predictor, const real *images, int turn, Error *error) {
    const Shape *image = &predictor->image->shape, *logits = &predictor->logits->shape;
    real *host = predictor->host + turn * shape_elements(logits);
    if (turn > 0) {
        turn_squares(turn, false, image->size[0], image->size[1], 3, images, predictor->turned);
        images = predictor->turned;
    }
    feed_send(&predictor->feed, &images);
    feed_use(&predictor->feed);
    const bool good = graph_forward(predictor->graph, error);
    feed_wait(&predictor->feed);
    if (!good) return false;
    tensor_download(&predictor->logits->value, turn > 0 ? predictor->turned : host);
    if (turn > 0)
        turn_squares(turn, true, logits->size[0], logits->size[1], logits->size[3],
                     predictor->turned, host);
    return true;
}

bool predictor_forward(Predictor *predictor, const real *images, Error *error) {
    for (int turn = predictor->turns - 1; turn >= 0; turn--)
        if (!run_turn(predictor, images, turn, error)) return false;
    return true;
}
