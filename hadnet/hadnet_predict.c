/* hadnet_predict.c - find defects on images; the weight file says how to prepare them. */
#include "data/resize.h"
#include "hadnet/interrupt.h"
#include "hadnet/network_file.h"
#include "hadnet/overlays.h"
#include "hadnet/predictor.h"
#include "hadnet/program.h"
#include "hadnet/run_folder.h"
#include "hadnet/settings.h"
#include "tensor/threads.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct PredictSettings {
    const char *weights, *out;
    int threads;
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
    if (!input) return error_set(error, "not enough memory for an image of %dx%d", size, size);
    Image resized = image_resize_bilinear(image, size, size);
    for (size_t i = 0; i < values; i++) input[i] = (float)resized.pixels[i] * (1 / 255.0f);
    augment_normalise(&finder->card.normalisation, input, values / 3);
    image_free(&resized);
    const bool good = finder_fit(finder, image->width, image->height, error) &&
                      predictor_run(&finder->predictor, input, error);
    free(input);
    return good;
}

/* The file's name without folder and ending. */
static void stem_of(const char *path, char *stem, size_t room) {
    const char *slash = strrchr(path, '/');
    snprintf(stem, room, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(stem, '.');
    if (dot && dot != stem) *dot = 0;
}

static bool write_picture(const char *folder, const char *stem, const char *what, Image picture,
                          Error *error) {
    char path[RUN_PATH_MAX + 300];
    snprintf(path, sizeof path, "%s/%s_%s.png", folder, stem, what);
    const bool good = image_write_png(path, &picture, error);
    image_free(&picture);
    return good;
}

static bool write_pictures(const Finder *finder, const Image *image, const char *path,
                           const char *folder, Error *error) {
    const Predictor *predictor = &finder->predictor;
    char stem[256];
    stem_of(path, stem, sizeof stem);
    return write_picture(folder, stem, "mask",
                         overlay_mask(predictor->labels, image->width, image->height), error) &&
           write_picture(folder, stem, "overlay", overlay_blend(image, predictor->labels), error) &&
           write_picture(folder, stem, "score",
                         overlay_scores(predictor->scores, image->width, image->height), error);
}

/* A name may hold anything; one image must stay one line. */
static void print_name(const char *name) {
    for (; *name; name++) putchar(iscntrl((unsigned char)*name) ? '?' : *name);
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
    print_name(path);
    printf("  score %.3f", (double)highest);
    bool any = false;
    for (int k = 1; k < predictor->classes; k++) {
        if (counts[k] == 0) continue;
        printf("  ");
        print_name(finder->card.class_names[k]);
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

static bool predict_one(Finder *finder, const char *path, const char *folder, Error *error) {
    Image image;
    if (!image_read(path, 3, &image, error)) return false;
    const bool good = find(finder, &image, error) && scores_are_numbers(finder, path, error) &&
                      write_pictures(finder, &image, path, folder, error);
    if (good) print_line(finder, path);
    image_free(&image);
    return good;
}

/* Two images must not write the same files. */
static bool stems_differ(const char *const *paths, int count, Error *error) {
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++) {
            char a[256], b[256];
            stem_of(paths[i], a, sizeof a);
            stem_of(paths[j], b, sizeof b);
            if (!strcmp(a, b))
                return error_set(error,
                                 "%s and %s would both write %s_mask.png; call once for each",
                                 paths[j], paths[i], a);
        }
    return true;
}

/* An image that fails is named, and the others go on. The line of the last one that failed stays in
 * error for main to print. Interrupted, the image at hand is finished. */
static bool predict_all(Finder *finder, const Options *options, PredictSettings *s, Error *error) {
    bool good = true;
    for (int i = 0; i < options->operand_count && !interrupt_requested(); i++) {
        Error line;
        if (predict_one(finder, options->operand[i], s->out, &line)) continue;
        if (!good) fprintf(stderr, "%s: %s\n", options->program, error->text);
        *error = line;
        good = false;
    }
    return good;
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    PredictSettings *s = context;
    if (!s->weights) return error_set(error, "--weights FILE is needed");
    if (options->operand_count == 0) return error_set(error, "no IMAGE given");
    if (!stems_differ(options->operand, options->operand_count, error)) return PROGRAM_FAILED;
    threads_use(s->threads);
    const Device *device = choose_device(&s->device, error);
    Finder finder = { .network = NULL };
    if (!device) return PROGRAM_FAILED;
    finder.network = network_open(s->weights, device, &finder.card, error);
    if (!finder.network) return PROGRAM_FAILED;
    interrupt_install();
    const bool good = make_folders(s->out, error) && predict_all(&finder, options, s, error);
    predictor_free(&finder.predictor);
    network_destroy(finder.network);
    model_card_free(&finder.card);
    if (!interrupt_requested()) return good;
    fprintf(stderr, "%s: interrupted\n", options->program);
    return PROGRAM_INTERRUPTED;
}

int main(int argc, char **argv) {
    PredictSettings settings = { .out = "." };
    Option table[5] = {
        option_text("weights", "FILE", "weights that hadnet_train wrote", &settings.weights),
        option_text("out", "DIR", "where NAME_mask.png, _overlay.png and _score.png go",
                    &settings.out),
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &settings.threads, 0, 4096),
    };
    device_options(&settings.device, table + 3);
    Options options = { .program = "hadnet_predict",
                        .purpose = "Find defects on images of metal.",
                        .operands = "IMAGE...",
                        .table = table,
                        .count = sizeof table / sizeof *table };
    return program_run(&options, argc, argv, run, &settings);
}
