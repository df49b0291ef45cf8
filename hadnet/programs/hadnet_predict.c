/* hadnet_predict.c - find defects on images; the weight file says how to prepare them. */
#include "data/image/resize.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/program.h"
#include "hadnet/model/network_file.h"
#include "hadnet/model/predictor.h"
#include "hadnet/reports/overlays.h"
#include "hadnet/reports/results.h"
#include "hadnet/training/run_folder.h"
#include "hadnet/training/settings.h"
#include "tensor/public.h"
#include "tensor/threads.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct PredictSettings {
    const char *weights;
    ResultsOptions results;
    int threads, max_megapixels;
    DeviceSettings device;
} PredictSettings;

/* A network, and the predictor for the size of the last image: most folders hold one size. */
typedef struct Finder {
    Network *network;
    ModelCard card;
    Predictor predictor;
} Finder;

static bool finder_fit(Finder *finder, int width, int height, Error *error) {
    Predictor *predictor = &finder->predictor;
    if (predictor->graph && predictor->width == width && predictor->height == height) return true;
    predictor_free(predictor);
    return predictor_create(predictor, finder->network, false, 1, finder->card.size, height, width,
                            error);
}

static bool find(Finder *finder, const Image *image, Error *error) {
    const int size = finder->card.size;
    const size_t values = (size_t)size * (size_t)size * 3;
    float *input = malloc(values * sizeof *input);
    if (!input) return error_no_memory(error, "an image of %dx%d", size, size);
    Image resized = image_resize_bilinear(image, size, size);
    for (size_t i = 0; i < values; i++) input[i] = (float)resized.pixels[i] * (1 / 255.0f);
    augmentation_normalise(&finder->card.normalisation, input, values / 3);
    image_free(&resized);
    const bool good = finder_fit(finder, image->width, image->height, error) &&
                      predictor_run(&finder->predictor, input, error);
    free(input);
    return good;
}

/* Frees the picture. Writing takes longest of all, so an interruption is heeded in between. */
static bool write_picture(Results *results, int index, ResultKind kind, Image picture,
                          Error *error) {
    const bool good =
        !interrupt_requested() && results_write(results, index, kind, &picture, error);
    image_free(&picture);
    return good;
}

static bool write_pictures(const Finder *finder, const Image *image, Results *results, int index,
                           Error *error) {
    const uint8_t *labels = finder->predictor.labels;
    const float *scores = finder->predictor.scores;
    const int width = image->width, height = image->height;
    const bool good =
        write_picture(results, index, RESULT_MASK, overlay_mask(labels, width, height), error) &&
        write_picture(results, index, RESULT_OVERLAY, overlay_blend(image, labels), error) &&
        write_picture(results, index, RESULT_SCORE, overlay_scores(scores, width, height), error);
    if (!good) results_take_back(results, index);
    return good;
}

/* A name may hold anything; one image must stay one line. */
static void print_name(FILE *stream, const char *name) {
    for (; *name; name++) fputc(iscntrl((unsigned char)*name) ? '?' : *name, stream);
}

/* "NAME  score 0.998  patches 12.5%  scratches 0.3%" */
static void print_line(const Finder *finder, const char *path) {
    const Predictor *predictor = &finder->predictor;
    const int64_t pixels = (int64_t)predictor->width * predictor->height;
    int64_t counts[256] = { 0 };
    float highest = 0;
    for (int64_t i = 0; i < pixels; i++) {
        counts[predictor->labels[i]]++;
        if (predictor->scores[i] > highest) highest = predictor->scores[i];
    }
    print_name(stdout, path);
    printf("  score %.3f", (double)highest);
    bool any = false;
    for (int k = 1; k < predictor->classes; k++) {
        if (counts[k] == 0) continue;
        printf("  ");
        print_name(stdout, finder->card.class_names[k]);
        printf(" %.2f%%", 100 * (double)counts[k] / (double)pixels);
        any = true;
    }
    printf("%s\n", any ? "" : "  no defect");
}

/* Where the network overflows nothing is known; the mask would say "background". */
static bool scores_are_numbers(const Finder *finder, const char *path, Error *error) {
    const int64_t pixels = (int64_t)finder->predictor.width * finder->predictor.height;
    for (int64_t i = 0; i < pixels; i++)
        if (isnan(finder->predictor.scores[i]))
            return error_set(error,
                             "%s: the network's score of pixel %lld is not a number; the "
                             "weights are damaged",
                             path, (long long)i);
    return true;
}

/* Every line about an image begins with its name, also where a file could not be written or memory
 * was short. */
static bool name_image(const char *path, Error *error) {
    Error name;
    const Error line = *error;
    error_set(&name, "%s: ", path);
    if (strncmp(line.text, name.text, strlen(name.text)) == 0) return false;
    return error_set(error, "%s: %s", path, line.text);
}

static bool predict_one(Finder *finder, Results *results, int index, Error *error) {
    const char *path = results->images[index].path;
    Image image = { .pixels = NULL };
    *error = (Error){ "" };
    if (results->images[index].is_folder)
        return error_set(error, "%s: a folder; expected image files, such as %s%s*.png", path, path,
                         path[strlen(path) - 1] == '/' ? "" : "/");
    if (results_took_place_of(results, index))
        return error_set(error, "%s: a result has taken its place, as --overwrite allows", path);
    const bool good = image_read(path, 3, &image, error) && !interrupt_requested() &&
                      find(finder, &image, error) && scores_are_numbers(finder, path, error) &&
                      write_pictures(finder, &image, results, index, error);
    if (good) print_line(finder, path);
    image_free(&image);
    return good || name_image(path, error);
}

/* An image that fails is named, and the others go on. The line of the last one that failed stays in
 * error for main to print. */
static ProgramEnd predict_all(Finder *finder, Results *results, const char *program, Error *error) {
    bool good = true;
    int i = 0;
    for (; i < results->count && !interrupt_requested(); i++) {
        Error line;
        if (results->images[i].is_result || predict_one(finder, results, i, &line)) continue;
        if (interrupt_requested()) break;
        if (!good) fprintf(stderr, "%s: %s\n", program, error->text);
        *error = line;
        good = false;
    }
    if (!interrupt_requested()) return good;
    fprintf(stderr, "%s: interrupted after %d of %d images\n", program, i, results->count);
    return PROGRAM_INTERRUPTED;
}

/* A second call with the same *.png does not look for defects on what the first one drew. */
static bool leave_out_results(const Results *results, const char *program, Error *error) {
    const PlannedImage *image = results->images;
    if (results->result_count == 0) return true;
    while (!image->is_result) image++;
    if (results->result_count == results->count)
        return error_set(error, "%s: the result of an earlier call; expected an image",
                         image->path);
    fprintf(stderr, "%s: %d of %d images are results of earlier calls and left out: ", program,
            results->result_count, results->count);
    print_name(stderr, image->path);
    fprintf(stderr, results->result_count > 1 ? " and more\n" : "\n");
    return true;
}

static ProgramEnd predict(Results *results, PredictSettings *s, const char *program, Error *error) {
    const Device *device = choose_device(&s->device, error);
    Finder finder = { .network = NULL };
    if (!device) return PROGRAM_FAILED;
    finder.network = network_open(s->weights, device, &finder.card, error);
    if (!finder.network) return PROGRAM_FAILED;
    ProgramEnd end = PROGRAM_FAILED;
    if (make_folders(s->results.folder, error)) end = predict_all(&finder, results, program, error);
    predictor_free(&finder.predictor);
    network_destroy(finder.network);
    model_card_free(&finder.card);
    return end;
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    PredictSettings *s = context;
    if (!s->weights) return error_set(error, "--weights FILE is needed");
    if (options->operand_count == 0) return error_set(error, "no IMAGE given");
    interrupt_install();
    if (!threads_use(s->threads, error)) return PROGRAM_FAILED;
    image_set_megapixels(s->max_megapixels);
    Results results;
    ProgramEnd end = PROGRAM_FAILED;
    if (results_plan(&results, &s->results, options->operand, options->operand_count, error) &&
        leave_out_results(&results, options->program, error))
        end = predict(&results, s, options->program, error);
    results_free(&results);
    return end;
}

PUBLIC int hadnet_predict_main(int argc, char **argv) {
    PredictSettings settings = { .results.folder = "predictions",
                                 .max_megapixels = IMAGE_MEGAPIXELS };
    Option table[7] = {
        option_text("weights", "FILE", "weights that hadnet_train wrote", &settings.weights),
        option_text("out", "DIR", "where NAME_mask.png, _overlay.png and _score.png go",
                    &settings.results.folder),
        option_flag("overwrite",
                    "replace files there that hadnet_predict did not write, even the images",
                    &settings.results.overwrite),
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &settings.threads, 0, 4096),
        option_max_megapixels(&settings.max_megapixels),
    };
    device_options(&settings.device, table + 5);
    Options options = { .program = "hadnet_predict",
                        .purpose = "Find defects on images of metal.",
                        .operands = "IMAGE...",
                        .table = table,
                        .count = sizeof table / sizeof *table };
    return program_run(&options, argc, argv, run, &settings);
}
