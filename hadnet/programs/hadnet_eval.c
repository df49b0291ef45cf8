/* hadnet_eval.c - evaluates a weight file on one part of a dataset. */
#include "data/files.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/program.h"
#include "hadnet/model/network_file.h"
#include "hadnet/reports/defect_tree.h"
#include "hadnet/reports/page/html.h"
#include "hadnet/reports/page/run_report.h"
#include "hadnet/training/evaluation.h"
#include "hadnet/training/open_dataset.h"
#include "hadnet/training/run_folder.h"
#include "hadnet/training/settings.h"
#include "tensor/memory.h"
#include "tensor/public.h"
#include "tensor/threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct EvalSettings {
    const char *weights, *data, *split, *json, *report, *tree;
    char split_beside[RUN_PATH_MAX + 8]; /* file:FILE, of the run that left the weights */
    int dataset, part, batch, limit, seed, synth_images, threads, max_megapixels, turns;
    MaskSettings masks;
    bool overwrite;
    DeviceSettings device;
} EvalSettings;

static const char *const part_choices[] = { "val", "test", NULL };
static const Part parts[] = { PART_VAL, PART_TEST };

static int eval_options(EvalSettings *s, Option *table) {
    Option *next = table;
    *next++ = option_text("weights", "FILE", "weights that hadnet_train wrote", &s->weights);
    *next++ = option_choice("dataset", dataset_choices,
                            "layout of the data; left out: as in training", &s->dataset);
    *next++ = option_text("data", "DIR", "folder of the dataset (none for synth)", &s->data);
    next += mask_options(&s->masks, next);
    *next++ =
        option_split("of the images; left out: as in training, a list by the split.txt beside "
                     "the weights",
                     &s->split);
    *next++ = option_choice("part", part_choices, "which images to evaluate on", &s->part);
    *next++ = option_integer("seed", "N", "of the split and of synth; left out: as in training",
                             &s->seed, 0, 0x7fffffff);
    *next++ =
        option_integer("synth-images", "N", "images that synth makes; left out: as in training",
                       &s->synth_images, 10, 1 << 24);
    *next++ = option_integer("limit", "N", "use at most N images; 0: all", &s->limit, 0, 1 << 30);
    *next++ = option_max_megapixels(&s->max_megapixels);
    *next++ =
        option_integer("batch", "N", "largest number of images at a time", &s->batch, 1, 4096);
    *next++ = option_turns(&s->turns);
    *next++ =
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &s->threads, 0, 4096);
    next += device_options(&s->device, next);
    *next++ = option_text("json", "FILE", "also write the metrics to FILE", &s->json);
    *next++ = option_text("report", "FILE.html",
                          "also write a page with tables, charts and examples", &s->report);
    *next++ =
        option_text("tree", "FILE.png",
                    "also draw the tree of defects by the distance of their features", &s->tree);
    *next++ = option_flag("overwrite", "replace FILE even if hadnet_eval did not write it",
                          &s->overwrite);
    return (int)(next - table);
}

/* The dataset must have the network's classes. */
static bool classes_agree(const ModelCard *card, const Dataset *dataset, const char *weights,
                          Error *error) {
    return dataset->class_count == card->classes ||
           error_set(error, "%s knows %d classes, the dataset %s has %d", weights, card->classes,
                     dataset->layout, dataset->class_count);
}

/* The file of the run that left the weights, or NULL. */
static const char *beside_weights(const EvalSettings *s, const char *name,
                                  char path[RUN_PATH_MAX]) {
    const char *slash = strrchr(s->weights, '/');
    const int length = slash ? (int)(slash - s->weights + 1) : 0;
    snprintf(path, RUN_PATH_MAX, "%.*s%s", length, s->weights, name);
    return file_exists(path) ? path : NULL;
}

/* --split as in training. A list is not in the weight file, but in the run's folder. */
static bool take_kind_of(EvalSettings *s, SplitKind kind, Error *error) {
    char path[RUN_PATH_MAX];
    s->split = split_kind_name(kind);
    if (kind != SPLIT_FILE) return true;
    if (!beside_weights(s, "split.txt", path))
        return error_set(error,
                         "%s: was trained with a split from a file, and no split.txt is beside it; "
                         "give the list with --split file:FILE",
                         s->weights);
    snprintf(s->split_beside, sizeof s->split_beside, "file:%s", path);
    s->split = s->split_beside;
    return true;
}

/* Options that the command line does not give default to those of training, so the weights are
 * evaluated on the images that training held out. */
static bool take_split_of(EvalSettings *s, const Options *options, const Provenance *trained,
                          Error *error) {
    if (!trained->known) return true;
    if (options_source(options, "dataset") == OPTION_DEFAULT)
        for (int i = 0; dataset_choices[i]; i++)
            if (!strcmp(dataset_choices[i], trained->layout)) s->dataset = i;
    if (options_source(options, "seed") == OPTION_DEFAULT) s->seed = (int)trained->seed;
    if (options_source(options, "synth-images") == OPTION_DEFAULT && trained->synth_images > 0)
        s->synth_images = trained->synth_images;
    return options_source(options, "split") != OPTION_DEFAULT ||
           take_kind_of(s, trained->kind, error);
}

/* Refuse to evaluate weights on their training images; if those are unknown, print a warning. */
static bool images_are_fair(const EvalSettings *s, const ModelCard *card, Dataset *dataset,
                            const char *program, Error *error) {
    const Provenance *trained = &card->provenance;
    char list[RUN_PATH_MAX];
    int trained_on;
    const Overlap overlap =
        provenance_overlap(trained, dataset, beside_weights(s, "split.txt", list), parts[s->part],
                           s->limit, &trained_on);
    if (overlap == OVERLAP_SOME)
        return error_set(error,
                         "%s was trained on %d of the images to be evaluated; it was trained with "
                         "--split %s --seed %llu",
                         s->weights, trained_on, split_kind_name(trained->kind),
                         (unsigned long long)trained->seed);
    if (overlap == OVERLAP_UNKNOWN && trained->known)
        fprintf(stderr,
                "%s: warning: %s has other images than those that %s was trained on (%d of "
                "%s, --split %s --seed %llu); if any of them are evaluated, the metrics are too "
                "good\n",
                program, dataset->folder, s->weights, trained->images, trained->layout,
                split_kind_name(trained->kind), (unsigned long long)trained->seed);
    else if (overlap == OVERLAP_UNKNOWN)
        fprintf(stderr,
                "%s: warning: %s does not say what it was trained on; if any of those images are "
                "evaluated, the metrics are too good\n",
                program, s->weights);
    return true;
}

static void write_geometry(FILE *stream, const void *geometry) {
    geometry_write_json(stream, geometry);
}

static bool write_report(const EvalSettings *s, RunReport *report, Error *error) {
    char evaluated[320], settings[RUN_PATH_MAX], metrics[RUN_PATH_MAX], losses[RUN_PATH_MAX];
    snprintf(evaluated, sizeof evaluated, "%.80s, split %.60s, %s, weights %.100s",
             dataset_choices[s->dataset], s->split, part_choices[s->part], s->weights);
    report->title = dataset_choices[s->dataset];
    report->evaluated = evaluated;
    report->settings_path = beside_weights(s, "settings.txt", settings);
    report->metrics_path = beside_weights(s, "metrics.csv", metrics);
    report->losses_path = beside_weights(s, "afss.csv", losses);
    return run_report_write(s->report, report, error);
}

static bool write_tree(const EvalSettings *s, const Defects *defects, const char *const *names,
                       Error *error) {
    DefectTree tree;
    const bool good =
        defect_tree_build(defects, &tree, error) && defect_tree_write(s->tree, &tree, names, error);
    if (good) defect_tree_print(stdout, &tree);
    defect_tree_free(&tree);
    return good;
}

static bool evaluate(const EvalSettings *s, const Network *network, const ModelCard *card,
                     Dataset *dataset, Error *error) {
    Embeddings embeddings = embeddings_new(network->options.architecture->feature);
    GeometrySums sums = { .embeddings = s->report ? &embeddings : NULL };
    Examples examples = { .count = 0 };
    Defects *defects = s->tree ? memory_new(1, sizeof *defects) : NULL;
    const EvaluationOptions options = { .part = parts[s->part],
                                        .batch = s->batch,
                                        .limit = s->limit,
                                        .turns = turns_of(s->turns),
                                        .geometry = network->options.hyperbolic ? &sums : NULL,
                                        .defects = defects,
                                        .label = part_choices[s->part] };
    const char *const *names = (const char *const *)card->class_names;
    Metrics metrics;
    bool good = evaluation_run(network, card, dataset, &options, &metrics,
                               s->report ? &examples : NULL, error);
    if (good) {
        const MetricsSummary summary = metrics_summary(&metrics);
        printf("%s, split %s, %s\n\n", dataset_choices[s->dataset], s->split,
               part_choices[s->part]);
        Geometry geometry;
        metrics_print_table(stdout, &summary, names);
        if (options.geometry) geometry = geometry_of(&sums);
        if (options.geometry) geometry_print(stdout, &geometry);
        good = !s->json ||
               metrics_write_json(s->json, &summary, names,
                                  options.geometry ? write_geometry : NULL, &geometry, error);
        good = good && (!s->report || write_report(s,
                                                   &(RunReport){ .network = network,
                                                                 .card = card,
                                                                 .metrics = &metrics,
                                                                 .examples = &examples,
                                                                 .geometry = options.geometry },
                                                   error));
    }
    good = good && (!defects || write_tree(s, defects, names, error));
    if (defects) defects_free(defects);
    free(defects);
    examples_free(&examples);
    embeddings_free(&embeddings);
    metrics_free(&metrics);
    return good;
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    EvalSettings *s = context;
    interrupt_install();
    if (!s->weights) return error_set(error, "--weights FILE is needed");
    if (s->json && !s->overwrite && !metrics_json_may_replace(s->json, error))
        return PROGRAM_FAILED;
    if (s->report && !s->overwrite && !html_may_replace(s->report, error)) return PROGRAM_FAILED;
    if (!threads_use(s->threads, error)) return PROGRAM_FAILED;
    const Device *device = choose_device(&s->device, error);
    ModelCard card = { 0 };
    Network *network = device ? network_open(s->weights, device, &card, error) : NULL;
    if (!network) return PROGRAM_FAILED;
    mask_settings_complete(&s->masks, options, &card.masks);
    image_set_megapixels(s->max_megapixels);
    SplitChoice split = { 0 };
    bool ready = take_split_of(s, options, &card.provenance, error) &&
                 split_choice_of(s->split, &split, error);
    const DatasetRequest request = { .layout = dataset_choices[s->dataset],
                                     .folder = s->data,
                                     .masks = s->masks,
                                     .class_names = (const char *const *)card.class_names,
                                     .classes = card.classes,
                                     .split = split,
                                     .seed = (uint64_t)s->seed,
                                     .synth_images = s->synth_images,
                                     .size = card.size };
    ready = ready && (s->data || !dataset_has_folder(s->dataset) ||
                      error_set(error, "--dataset %s needs --data DIR", request.layout));
    Dataset *dataset = ready ? open_dataset(&request, error) : NULL;
    bool good = dataset && classes_agree(&card, dataset, s->weights, error);
    good = good && images_are_fair(s, &card, dataset, options->program, error) &&
           evaluate(s, network, &card, dataset, error);
    dataset_free(dataset);
    network_destroy(network);
    model_card_free(&card);
    if (good || !interrupt_requested()) return good;
    fprintf(stderr, "%s: interrupted\n", options->program);
    return PROGRAM_INTERRUPTED;
}

PUBLIC int hadnet_eval_main(int argc, char **argv) {
    const Settings usual = settings_default();
    EvalSettings settings = { .dataset = usual.dataset,
                              .split = usual.split,
                              .masks = usual.masks,
                              .part = 1,
                              .batch = usual.batch,
                              .seed = usual.seed,
                              .synth_images = usual.synth_images,
                              .max_megapixels = usual.max_megapixels };
    Option table[25];
    static const char *const examples[] = {
        "hadnet_eval --weights runs/folder/best.safetensors --data DIR",
        "hadnet_eval --weights best.safetensors --data DIR --turns 8 --report page.html", NULL
    };
    Options options = { .program = "hadnet_eval",
                        .examples = examples,
                        .purpose = "Evaluate a HADNet weight file on a part of a dataset.",
                        .table = table };
    options.count = eval_options(&settings, table);
    return program_run(&options, argc, argv, run, &settings);
}
