/* hadnet_predict.c - finds defects on image files, and writes masks, overlays and scores. */
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/program.h"
#include "hadnet/hadnet.h"
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
    int threads, max_megapixels, turns;
    DeviceSettings device;
} PredictSettings;

/* The last image's answer; its memory is reused for the next. */
typedef struct Finder {
    HadnetNetwork *network;
    HadnetAnswer answer;
} Finder;

/* Write a result and free it. Writing takes longest, so interruptions are checked here too. */
static bool write_result(Results *results, int index, ResultKind kind, Image picture,
                         Error *error) {
    const bool good =
        !interrupt_requested() && results_write(results, index, kind, &picture, error);
    image_free(&picture);
    return good;
}

static bool write_results(const HadnetAnswer *answer, const Image *image, Results *results,
                          int index, Error *error) {
    const int width = image->width, height = image->height;
    const bool good =
        write_result(results, index, RESULT_MASK, overlay_mask(answer->mask, width, height),
                     error) &&
        write_result(results, index, RESULT_OVERLAY, overlay_blend(image, answer->mask), error) &&
        write_result(results, index, RESULT_SCORE, overlay_scores(answer->score, width, height),
                     error);
    if (!good) results_take_back(results, index);
    return good;
}

/* A name may contain anything, but an image must stay on one line. */
static void print_name(FILE *stream, const char *name) {
    for (; *name; name++) fputc(iscntrl((unsigned char)*name) ? '?' : *name, stream);
}

/* "NAME  score 0.998  patches 12.5%  scratches 0.3%" */
static void print_line(const HadnetNetwork *network, const HadnetAnswer *answer, const char *path) {
    const int64_t pixels = (int64_t)answer->width * answer->height;
    int64_t counts[256] = { 0 };
    float highest = 0;
    for (int64_t i = 0; i < pixels; i++) {
        counts[answer->mask[i]]++;
        if (answer->score[i] > highest) highest = answer->score[i];
    }
    print_name(stdout, path);
    printf("  score %.3f", (double)highest);
    bool any = false;
    for (int k = 1; k < hadnet_class_count(network); k++) {
        if (counts[k] == 0) continue;
        printf("  ");
        print_name(stdout, hadnet_class_name(network, k));
        printf(" %.2f%%", 100 * (double)counts[k] / (double)pixels);
        any = true;
    }
    printf("%s\n", any ? "" : "  no defect");
}

/* Print the error of one image, beginning with its name, even if a file could not be written or
 * memory ran out. */
static bool name_image(const char *path, Error *error) {
    Error name;
    const Error line = *error;
    error_set(&name, "%s: ", path);
    if (strncmp(line.text, name.text, strlen(name.text)) == 0) return false;
    return error_set(error, "%s: %s", path, line.text);
}

static bool find(Finder *finder, const Image *image, Error *error) {
    const HadnetImage pixels = { .pixels = image->pixels,
                                 .width = image->width,
                                 .height = image->height,
                                 .channels = 3,
                                 .bits = 8 };
    return hadnet_predict(finder->network, &pixels, &finder->answer, error);
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
                      find(finder, &image, error) &&
                      write_results(&finder->answer, &image, results, index, error);
    if (good) print_line(finder->network, &finder->answer, path);
    image_free(&image);
    return good || name_image(path, error);
}

/* An image that fails is reported, and the others continue. The last failure's line stays in error
 * for main to print. */
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

/* Skip results of an earlier call: a second call with the same *.png must not search them. */
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
    if (!device) return PROGRAM_FAILED;
    const HadnetOptions options = { .device = device->name, .turns = turns_of(s->turns) };
    Finder finder = { .network = hadnet_open(s->weights, &options, error) };
    if (!finder.network) return PROGRAM_FAILED;
    ProgramEnd end = PROGRAM_FAILED;
    if (make_folders(s->results.folder, error)) end = predict_all(&finder, results, program, error);
    hadnet_answer_free(&finder.answer);
    hadnet_close(finder.network);
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
    Option table[8] = {
        option_text("weights", "FILE", "weights that hadnet_train wrote", &settings.weights),
        option_text("out", "DIR", "folder for NAME_mask.png, _overlay.png and _score.png",
                    &settings.results.folder),
        option_flag("overwrite",
                    "replace files there that hadnet_predict did not write, even the images",
                    &settings.results.overwrite),
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &settings.threads, 0, 4096),
        option_max_megapixels(&settings.max_megapixels),
        option_turns(&settings.turns),
    };
    device_options(&settings.device, table + 6);
    Options options = { .program = "hadnet_predict",
                        .purpose = "Find defects on images of metal.",
                        .operands = "IMAGE...",
                        .table = table,
                        .count = sizeof table / sizeof *table };
    return program_run(&options, argc, argv, run, &settings);
}
