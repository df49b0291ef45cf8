/* hadnet.c - implements hadnet/hadnet.h.
 *
 * Threads share the network, which predictions never write. Everything a prediction writes, a
 * graph, its buffers and the prepared image, is a Worker, used by one call at a time. Idle workers
 * wait in a list. There are as many workers as there have been concurrent calls.
 */
#include "hadnet/hadnet.h"

#include "hadnet/embed/pixels.h"
#include "hadnet/embed/regions.h"
#include "hadnet/embed/worker.h"
#include "hadnet/model/network_file.h"
#include "tensor/memory.h"

#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>

struct HadnetNetwork {
    Network *network;
    ModelCard card;
    int threads, turns;
    pthread_mutex_t lock; /* protects idle */
    Worker *idle;
};

/* A process has one stream of GPU work, shared by all its networks. */
static pthread_mutex_t gpu_order = PTHREAD_MUTEX_INITIALIZER;

static void gpu_begin(const Device *device) {
    if (device->kind == DEVICE_GPU) pthread_mutex_lock(&gpu_order);
}

static void gpu_end(const Device *device) {
    if (device->kind == DEVICE_GPU) pthread_mutex_unlock(&gpu_order);
}

HadnetNetwork *hadnet_open(const char *weights, const HadnetOptions *options, Error *error) {
    const char *name = options && options->device ? options->device : "cpu";
    const int threads = options ? options->threads : 0;
    const int turns = options && options->turns ? options->turns : 1;
    if (threads < 0) return error_set(error, "%d threads; expected 0 or more", threads), NULL;
    if (turns != 1 && turns != 2 && turns != 4 && turns != 8)
        return error_set(error, "%d turns; expected 1, 2, 4 or 8", turns), NULL;
    const Device *device = device_find(name, error);
    if (!device) return NULL;
    HadnetNetwork *opened = calloc(1, sizeof *opened);
    if (!opened) return error_no_memory(error, "%s", weights), NULL;
    opened->threads = threads;
    opened->turns = turns;
    gpu_begin(device);
    opened->network = network_open(weights, device, &opened->card, error);
    gpu_end(device);
    if (!opened->network) {
        free(opened);
        return NULL;
    }
    pthread_mutex_init(&opened->lock, NULL);
    return opened;
}

void hadnet_close(HadnetNetwork *network) {
    if (!network) return;
    const Device *device = network->network->parameters->device;
    gpu_begin(device);
    for (Worker *worker = network->idle, *next; worker; worker = next) {
        next = worker->next;
        worker_free(worker);
    }
    network_destroy(network->network);
    memory_trim(device);
    gpu_end(device);
    model_card_free(&network->card);
    pthread_mutex_destroy(&network->lock);
    free(network);
}

int hadnet_class_count(const HadnetNetwork *network) {
    return network->card.classes;
}

const char *hadnet_class_name(const HadnetNetwork *network, int class_index) {
    const bool known = class_index >= 0 && class_index < network->card.classes;
    return known ? network->card.class_names[class_index] : NULL;
}

int hadnet_image_size(const HadnetNetwork *network) {
    return network->card.size;
}

/* ---- Workers ---- */

/* NULL: out of memory. */
static Worker *worker_take(HadnetNetwork *network, Error *error) {
    pthread_mutex_lock(&network->lock);
    Worker *worker = network->idle;
    if (worker) network->idle = worker->next;
    pthread_mutex_unlock(&network->lock);
    return worker ? worker : worker_create(network->network, &network->card, network->turns, error);
}

static void worker_give_back(HadnetNetwork *network, Worker *worker) {
    pthread_mutex_lock(&network->lock);
    worker->next = network->idle;
    network->idle = worker;
    pthread_mutex_unlock(&network->lock);
}

/* ---- Predicting ---- */

/* Allocate the answer for an image of that size; memory that it already has is reused if large
 * enough. */
static bool answer_fit(HadnetAnswer *answer, int width, int height, Error *error) {
    const size_t pixels = (size_t)width * (size_t)height;
    if (pixels != (size_t)answer->width * (size_t)answer->height) {
        hadnet_answer_free(answer);
        answer->mask = malloc(pixels * sizeof *answer->mask);
        answer->score = malloc(pixels * sizeof *answer->score);
    }
    answer->width = width;
    answer->height = height;
    return (answer->mask && answer->score) ||
           error_no_memory(error, "the answer for an image of %dx%d", width, height);
}

/* If the network overflows, nothing is known, but the mask would say "background": refuse. */
static bool scores_are_numbers(const HadnetAnswer *answer, Error *error) {
    const int64_t pixels = (int64_t)answer->width * answer->height;
    for (int64_t i = 0; i < pixels; i++)
        if (isnan(answer->score[i]))
            return error_set(error,
                             "the network's score of pixel %lld is not a number; the weights are "
                             "damaged",
                             (long long)i);
    return true;
}

static bool compute(HadnetNetwork *network, const HadnetImage *image, const PredictMethod *method,
                    HadnetAnswer *answer, Error *error) {
    const Device *device = network->network->parameters->device;
    Image whole;
    uint8_t *owned;
    if (!pixels_to_image(image, &whole, &owned, error)) return false;
    gpu_begin(device);
    Worker *worker = worker_take(network, error);
    const bool good = worker && worker_predict(worker, &whole, method, answer, error);
    if (worker) worker_give_back(network, worker);
    gpu_end(device);
    free(owned);
    return good;
}

bool hadnet_predict_by(HadnetNetwork *network, const HadnetImage *image,
                       const PredictMethod *method, HadnetAnswer *answer, Error *error) {
    const int threads_before = omp_get_max_threads(); /* this thread's own setting */
    if (network->threads > 0) omp_set_num_threads(network->threads);
    const bool good =
        pixels_check(image, error) && answer_fit(answer, image->width, image->height, error) &&
        compute(network, image, method, answer, error) && scores_are_numbers(answer, error) &&
        regions_find(answer, method->min_area, error);
    omp_set_num_threads(threads_before);
    if (!good) hadnet_answer_free(answer);
    return good;
}

bool hadnet_predict(HadnetNetwork *network, const HadnetImage *image, HadnetAnswer *answer,
                    Error *error) {
    return hadnet_predict_by(network, image, &(PredictMethod){ 0 }, answer, error);
}

void hadnet_answer_free(HadnetAnswer *answer) {
    free(answer->mask);
    free(answer->score);
    free(answer->regions);
    *answer = (HadnetAnswer){ 0 };
}
