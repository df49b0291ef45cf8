/* predict_images.c - the loop over the images. */
#include "hadnet/prediction/predict_images.h"

#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/progress.h"
#include "hadnet/reports/overlays.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Run {
    HadnetNetwork *network;
    HadnetAnswer answer; /* the last image's; its memory is reused for the next */
    Results *results;
    const char *program;
    Progress progress;
    int images, done, failures; /* images: without results of earlier calls */
} Run;

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

void print_name(FILE *stream, const char *name) {
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

static bool find(Run *run, const Image *image, Error *error) {
    const HadnetImage pixels = { .pixels = image->pixels,
                                 .width = image->width,
                                 .height = image->height,
                                 .channels = 3,
                                 .bits = 8 };
    return hadnet_predict(run->network, &pixels, &run->answer, error);
}

static bool predict_one(Run *run, int index, Error *error) {
    const ListedImage *listed = run->results->images[index].listed;
    Image image = { .pixels = NULL };
    *error = (Error){ "" };
    if (listed->problem) return error_set(error, "%s", listed->problem);
    if (results_took_place_of(run->results, index))
        return error_set(error, "%s: a result has taken its place, as --overwrite allows",
                         listed->path);
    const bool good = image_read(listed->path, 3, &image, error) && !interrupt_requested() &&
                      find(run, &image, error) &&
                      write_results(&run->answer, &image, run->results, index, error);
    image_free(&image);
    if (!good) return name_image(listed->path, error);
    progress_hide(&run->progress);
    print_line(run->network, &run->answer, listed->path);
    return true;
}

/* A single image needs neither progress nor a count of failures. */
static void predict_each(Run *run, Error *error) {
    for (int i = 0; i < run->results->count; i++) {
        if (run->results->images[i].is_result) continue;
        const bool good = predict_one(run, i, error);
        if (interrupt_requested()) return;
        run->done++;
        run->failures += !good;
        if (run->images == 1) continue;
        if (!good) progress_note(&run->progress, "%s: %s", run->program, error->text);
        progress_update(&run->progress, run->done, run->done, NAN);
    }
}

ProgramEnd predict_images(HadnetNetwork *network, Results *results, const char *program,
                          Error *error) {
    Run run = { .network = network,
                .results = results,
                .program = program,
                .images = results->count - results->result_count };
    run.progress = progress_begin("predicted", run.images);
    predict_each(&run, error);
    hadnet_answer_free(&run.answer);
    if (interrupt_requested()) {
        progress_hide(&run.progress);
        fprintf(stderr, "%s: interrupted after %d of %d images\n", program, run.done, run.images);
        return PROGRAM_INTERRUPTED;
    }
    if (run.images > 1) progress_end(&run.progress);
    if (run.images > 1 && run.failures)
        error_set(error, "%d of %d images failed", run.failures, run.images);
    return run.failures == 0;
}
