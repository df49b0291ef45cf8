/* predict_images.c - the loop over the images. */
#include "hadnet/prediction/predict_images.h"

#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/progress.h"
#include "hadnet/prediction/image_reader.h"
#include "hadnet/prediction/prediction_picture.h"
#include "hadnet/prediction/prediction_tables.h"
#include "hadnet/reports/palette.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct Run {
    HadnetNetwork *network;
    const PredictMethod *method;
    HadnetAnswer answer; /* the last image's; its memory is reused for the next */
    const char *class_names[256];
    PngPalette classes, heat;
    Results *results;
    PredictionTables tables;
    const char *program;
    Progress progress;
    int images, done, failures; /* images: without results of earlier calls */
} Run;

static Image draw(const Run *run, const Image *image, const AnswerSummary *summary,
                  ResultKind kind) {
    switch (kind) {
    case RESULT_MASK:
        return prediction_mask(&run->answer);
    case RESULT_OVERLAY:
        return prediction_overlay(image, &run->answer, summary, run->class_names);
    default:
        return prediction_score(&run->answer, summary);
    }
}

/* Writing takes longest, so interruptions are checked here too. */
static bool write_pictures(Run *run, const Image *image, const AnswerSummary *summary, int index,
                           Error *error) {
    const PngPalette *const palettes[RESULT_KINDS] = {
        [RESULT_MASK] = &run->classes, [RESULT_SCORE] = &run->heat
    };
    bool good = true;
    for (int kind = 0; kind < RESULT_KINDS && good; kind++) {
        if (!run->results->options.pictures[kind]) continue;
        Image picture = draw(run, image, summary, (ResultKind)kind);
        good = !interrupt_requested() && results_write(run->results, index, (ResultKind)kind,
                                                       &picture, palettes[kind], error);
        image_free(&picture);
    }
    if (!good) results_take_back(run->results, index);
    return good;
}

void print_name(FILE *stream, const char *name) {
    for (; *name; name++) fputc(iscntrl((unsigned char)*name) ? '?' : *name, stream);
}

/* "NAME  score 0.998  patches 12.5%  scratches 0.3%"; where tiles are asked for, it says whether
 * the image was predicted by them. */
static void print_line(const Run *run, const AnswerSummary *summary, const char *path) {
    const char *const *class_names = run->class_names;
    print_name(stdout, path);
    if (summary->tiles)
        printf("  %" PRId64 " tiles", summary->tiles);
    else if (run->method->tile)
        printf("  whole");
    printf("  score %.3f", (double)summary->score);
    for (int k = 1; k < 256; k++) {
        if (summary->area[k] == 0) continue;
        printf("  ");
        print_name(stdout, class_names[k]);
        printf(" %.2f%%", 100 * (double)summary->area[k] / (double)summary->pixels);
    }
    printf("%s\n", summary->defect_area ? "" : "  no defect");
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
    return hadnet_predict_by(run->network, &pixels, run->method, &run->answer, error);
}

/* Predict an image, write its results and free it. */
static bool predict_one(Run *run, ReadImage *read, Error *error) {
    const char *path = run->results->images[read->index].listed->path;
    AnswerSummary summary;
    *error = read->error;
    bool good = read->good && !interrupt_requested() && find(run, &read->image, error);
    if (good) {
        summary = answer_summary(&run->answer, run->method->tile);
        good = write_pictures(run, &read->image, &summary, read->index, error);
    }
    image_free(&read->image);
    if (!good) return name_image(path, error);
    prediction_tables_add(&run->tables, path, &run->answer, &summary);
    progress_hide(&run->progress);
    print_line(run, &summary, path);
    return true;
}

/* A single image needs neither progress nor a count of failures. */
static void predict_each(Run *run, ImageReader *reader, Error *error) {
    for (;;) {
        ReadImage read = image_reader_next(reader);
        if (read.index < 0) return;
        const bool good = predict_one(run, &read, error);
        if (interrupt_requested()) return;
        if (!good)
            prediction_tables_add_failure(
                &run->tables, run->results->images[read.index].listed->path, error->text);
        run->done++;
        run->failures += !good;
        if (run->images == 1) continue;
        if (!good) progress_note(&run->progress, "%s: %s", run->program, error->text);
        progress_update(&run->progress, run->done, run->done, NAN);
    }
}

/* Report the end. */
static ProgramEnd end_of(Run *run, Error *error) {
    if (interrupt_requested()) {
        progress_hide(&run->progress);
        fprintf(stderr, "%s: interrupted after %d of %d images\n", run->program, run->done,
                run->images);
        return PROGRAM_INTERRUPTED;
    }
    if (run->images > 1) progress_end(&run->progress);
    if (run->images > 1 && run->failures)
        error_set(error, "%d of %d images failed", run->failures, run->images);
    return run->failures == 0;
}

ProgramEnd predict_images(HadnetNetwork *network, const PredictMethod *method, Results *results,
                          const char *program, Error *error) {
    Run run = { .network = network,
                .method = method,
                .results = results,
                .program = program,
                .classes = class_palette(hadnet_class_count(network)),
                .heat = heat_palette(),
                .images = results->count - results->result_count };
    for (int k = 0; k < hadnet_class_count(network); k++)
        run.class_names[k] = hadnet_class_name(network, k);
    if (!prediction_tables_open(&run.tables, &results->options, run.class_names, error))
        return PROGRAM_FAILED;
    run.progress = progress_begin("predicted", run.images);
    ImageReader *reader = image_reader_open(results);
    predict_each(&run, reader, error);
    image_reader_close(reader);
    hadnet_answer_free(&run.answer);
    const ProgramEnd end = end_of(&run, error);
    Error of_tables;
    /* What was done before an interruption stays, but an empty table would only replace an
     * earlier one. */
    if (prediction_tables_close(&run.tables, run.done > 0, &of_tables)) return end;
    if (end == PROGRAM_FAILED) program_warn(error->text);
    *error = of_tables;
    return end == PROGRAM_INTERRUPTED ? end : PROGRAM_FAILED;
}
