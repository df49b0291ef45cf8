/* hadnet_predict.c - finds defects on image files, and writes masks, overlays and scores. */
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/program.h"
#include "hadnet/model/model_card.h"
#include "hadnet/prediction/predict_images.h"
#include "hadnet/prediction/prediction_tables.h"
#include "hadnet/prediction/write_list.h"
#include "hadnet/training/run_folder.h"
#include "hadnet/training/settings.h"
#include "tensor/public.h"
#include "tensor/threads.h"

#include <limits.h>
#include <stdio.h>

typedef struct PredictSettings {
    const char *weights, *write;
    ResultsOptions results;
    double threshold;
    int min_area, tile;
    bool recursive;
    int threads, max_megapixels, turns;
    DeviceSettings device;
} PredictSettings;

/* Skip results of an earlier call: a second call with the same *.png must not search them. */
static bool leave_out_results(const Results *results, const char *program, Error *error) {
    const PlannedImage *image = results->images;
    if (results->result_count == 0) return true;
    while (!image->is_result) image++;
    if (results->result_count == results->count)
        return error_set(error, "%s: the result of an earlier call; expected an image",
                         image->listed->path);
    fprintf(stderr, "%s: %d of %d images are results of earlier calls and left out: ", program,
            results->result_count, results->count);
    print_name(stderr, image->listed->path);
    fprintf(stderr, results->result_count > 1 ? " and more\n" : "\n");
    return true;
}

static ProgramEnd predict(Results *results, PredictSettings *s, const char *program, Error *error) {
    const Device *device = choose_device(&s->device, error);
    if (!device) return PROGRAM_FAILED;
    const HadnetOptions options = { .device = device->name, .turns = turns_of(s->turns) };
    HadnetNetwork *network = hadnet_open(s->weights, &options, error);
    if (!network) return PROGRAM_FAILED;
    ProgramEnd end = PROGRAM_FAILED;
    const PredictMethod method = { .threshold = s->threshold,
                                   .min_area = s->min_area,
                                   .tile = s->tile,
                                   .stop = interrupt_requested };
    if (!results_are_asked_for(&s->results) || make_folders(s->results.folder, error))
        end = predict_images(network, &method, results, program, error);
    hadnet_close(network);
    return end;
}

static bool tile_is_possible(int tile, Error *error) {
    return tile == 0 || tile >= CARD_SIZE_MIN ||
           error_set(error, "--tile %d; expected 0 or at least %d", tile, CARD_SIZE_MIN);
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    PredictSettings *s = context;
    if (!s->weights) return error_set(error, "--weights FILE is needed");
    if (options->operand_count == 0) return error_set(error, "no IMAGE given");
    if (!tile_is_possible(s->tile, error) || !write_list_parse(s->write, &s->results, error))
        return PROGRAM_FAILED;
    ImageList list;
    Results results = { .images = NULL };
    ProgramEnd end = PROGRAM_FAILED;
    /* Until the list on standard input is complete, Ctrl-C ends the program at once. */
    if (image_list_make(&list, options->operand, options->operand_count, s->recursive, error)) {
        interrupt_install();
        image_set_megapixels(s->max_megapixels);
        if (threads_use(s->threads, error) && results_plan(&results, &s->results, &list, error) &&
            prediction_tables_may_be_written(&s->results, error) &&
            leave_out_results(&results, options->program, error))
            end = predict(&results, s, options->program, error);
    }
    results_free(&results);
    image_list_free(&list);
    return end;
}

PUBLIC int hadnet_predict_main(int argc, char **argv) {
    PredictSettings settings = { .write = WRITE_LIST_DEFAULT,
                                 .results.folder = "predictions",
                                 .max_megapixels = IMAGE_MEGAPIXELS };
    Option table[13] = {
        option_text("weights", "FILE", "weights that hadnet_train wrote", &settings.weights),
        option_text("out", "DIR", "folder of the results", &settings.results.folder),
        option_text("write", "LIST",
                    "which results, separated by commas: masks (NAME_mask.png), overlays, scores, "
                    "csv (images.csv, regions.csv), json (images.jsonl); or none",
                    &settings.write),
        option_real(
            "threshold", "T",
            "a pixel is a defect if its anomaly score, 0 to 1, is at least T; 0: if a defect "
            "is its most probable class",
            &settings.threshold, 0, 1),
        option_integer("min-area", "N", "leave out regions of fewer pixels", &settings.min_area, 0,
                       INT_MAX),
        option_flag("recursive", "search the folders within a folder too", &settings.recursive),
        option_flag("overwrite",
                    "replace files there that hadnet_predict did not write, even the images",
                    &settings.results.overwrite),
        option_integer(
            "tile", "N",
            "predict an image with a side of more than N pixels by overlapping tiles of "
            "N x N, each resized to the network's size; 0: every image whole, resized to "
            "the network's size, as it was trained",
            &settings.tile, 0, CARD_SIZE_MAX),
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &settings.threads, 0, 4096),
        option_max_megapixels(&settings.max_megapixels),
        option_turns(&settings.turns),
    };
    device_options(&settings.device, table + 11);
    static const char *const examples[] = {
        "hadnet_predict --weights best.safetensors photo.jpg",
        "hadnet_predict --weights best.safetensors --recursive --write csv FOLDER",
        "find FOLDER -newer LAST | hadnet_predict --weights best.safetensors -", NULL
    };
    Options options = {
        .program = "hadnet_predict",
        .purpose = "Find defects on images of metal. An IMAGE is a file, a folder, or - for "
                   "a list of paths on standard input.",
        .operands = "IMAGE...",
        .examples = examples,
        .table = table,
        .count = sizeof table / sizeof *table
    };
    return program_run(&options, argc, argv, run, &settings);
}
