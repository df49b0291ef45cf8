/* hadnet_train.c - trains HADNet; hadnet/training/settings.h has the options. */
#include "data/files.h"
#include "data/split/split_list.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/program.h"
#include "hadnet/model/network_file.h"
#include "hadnet/reports/summary.h"
#include "hadnet/training/evaluation.h"
#include "hadnet/reports/page/run_report.h"
#include "hadnet/training/open_dataset.h"
#include "hadnet/training/recipe.h"
#include "hadnet/training/trainer.h"
#include "hadnet/training/training_images.h"
#include "tensor/public.h"
#include "tensor/threads.h"

#include <stdio.h>
#include <stdlib.h>

/* The run's folder, and for --resume its original settings. */
static bool open_folder(Settings *settings, Options *options, RunFolder *folder, Error *error) {
    char path[RUN_PATH_MAX];
    if (!settings->resume)
        return !settings->settings || options_read_defaults(options, settings->settings, error);
    if (settings->settings)
        return error_set(error,
                         "--settings and --resume exclude each other: a resumed run keeps its "
                         "own");
    if (options_source(options, "out") == OPTION_GIVEN)
        return error_set(error, "--out and --resume exclude each other: a resumed run stays in its "
                                "folder");
    if (!run_folder_open(folder, settings->resume, error) ||
        !options_read(options, run_folder_file(folder, "settings.txt", path), error))
        return false;
    /* Before there was --fit, images were stretched. */
    if (options_source(options, "fit") == OPTION_DEFAULT) settings->fit = FIT_STRETCH;
    return options_source(options, "stage-shares") != OPTION_DEFAULT ||
           error_set(error,
                     "%s: has no stage-shares: it is of an older hadnet_train, whose epochs were "
                     "those of each stage; begin a new run",
                     path);
}

static bool has_room(const RunFolder *folder, const Trainer *trainer, Error *error) {
    const bool averaged = trainer->settings->average > 0;
    return run_folder_has_room(folder, resume_bytes_of_run(trainer->network, averaged), error);
}

/* Write settings.txt, with absolute paths, so that the run can be resumed from any folder. */
static bool write_settings(Settings *settings, const Options *options, const RunFolder *folder,
                           Error *error) {
    char path[RUN_PATH_MAX];
    const char *data = settings->data, *split = settings->split;
    char *absolute_data = data ? path_absolute(data) : NULL;
    char *absolute_split = split_choice_absolute(split);
    settings->data = absolute_data;
    settings->split = absolute_split;
    const bool good = options_write(options, run_folder_file(folder, "settings.txt", path), error);
    settings->data = data;
    settings->split = split;
    free(absolute_data);
    free(absolute_split);
    return good;
}

static bool create_folder(const Trainer *trainer, Settings *settings, const Options *options,
                          RunFolder *folder, Error *error) {
    char path[RUN_PATH_MAX];
    snprintf(path, sizeof path, "runs/%s", dataset_choices[settings->dataset]);
    const bool made = settings->out ? run_folder_create(folder, settings->out, error)
                                    : run_folder_create_next(folder, path, error);
    return made && has_room(folder, trainer, error) &&
           split_list_write(trainer->dataset, run_folder_file(folder, "split.txt", path), error) &&
           write_settings(settings, options, folder, error);
}

/* The saved state must match the network and the split of settings.txt and the dataset: either may
 * have been edited since. */
static bool state_fits(const Trainer *trainer, const char *path, Error *error) {
    char list[RUN_PATH_MAX];
    const NetworkOptions *found = &trainer->network->options;
    const NetworkOptions wanted =
        settings_network(trainer->settings, trainer->dataset->class_count);
    if (found->classes != wanted.classes)
        return error_set(error, "%s: knows %d classes; the dataset %s has %d", path, found->classes,
                         trainer->dataset->folder, wanted.classes);
    if (found->architecture != wanted.architecture || found->hyperbolic != wanted.hyperbolic ||
        found->reduction != wanted.reduction || found->ard != wanted.ard ||
        found->curvature != wanted.curvature || found->learn_curvature != wanted.learn_curvature ||
        found->clip != wanted.clip || found->temperature != wanted.temperature ||
        trainer->card.size != trainer->settings->size ||
        (int)trainer->card.fit != trainer->settings->fit)
        return error_set(error,
                         "%s: is of a run with another config, space, curvature, reduce, "
                         "ard, size or fit than settings.txt beside it says",
                         path);
    const Provenance *provenance = &trainer->card.provenance;
    return !provenance->known || provenance->digest == split_digest(trainer->dataset) ||
           split_list_refuse(trainer->dataset, run_folder_file(trainer->folder, "split.txt", list),
                             error);
}

/* A new network, or the saved state of the run to resume. */
static bool begin(Trainer *trainer, const Device *device, Error *error) {
    const Settings *settings = trainer->settings;
    const Dataset *dataset = trainer->dataset;
    char path[RUN_PATH_MAX];
    if (settings->resume) {
        trainer->resuming = true;
        run_folder_file(trainer->folder, "resume.safetensors", path);
        trainer->network = resume_open(path, device, &trainer->card, &trainer->state, error);
        return trainer->network && state_fits(trainer, path, error);
    }
    const NetworkOptions options = settings_network(settings, dataset->class_count);
    trainer->state = (TrainingState){ .stage = 1, .best = -1 };
    trainer->card = model_card_create(settings->size, dataset->classes, dataset->class_count);
    trainer->card.fit = (Fit)settings->fit;
    trainer->card.masks = settings->masks;
    trainer->card.provenance = provenance_of(dataset, trainer->split, (uint64_t)settings->seed);
    trainer->network = network_create(&options, device, error);
    int loaded;
    if (!trainer->network) return false;
    if (!settings->pretrained) return true;
    if (!network_load_pretrained(trainer->network, settings->pretrained,
                                 settings->pretrained_partial, &loaded, error))
        return false;
    printf("%s: %d tensors loaded\n", settings->pretrained, loaded);
    return true;
}

/* Pictures and the page. The table, which counts, has been printed: what cannot be written is
 * printed, and nothing fails. */
static void write_report(const Trainer *trainer, RunReport *report, const char *evaluated) {
    char path[RUN_PATH_MAX], settings[RUN_PATH_MAX], metrics[RUN_PATH_MAX], losses[RUN_PATH_MAX];
    const char *const *names = (const char *const *)report->card->class_names;
    Error unshown;
    report->title = dataset_choices[trainer->settings->dataset];
    report->evaluated = evaluated;
    report->settings_path = run_folder_file(trainer->folder, "settings.txt", settings);
    report->metrics_path = run_folder_file(trainer->folder, "metrics.csv", metrics);
    if (file_exists(run_folder_file(trainer->folder, "afss.csv", losses)))
        report->losses_path = losses;
    if (!overlays_write(run_folder_file(trainer->folder, "overlays.png", path),
                        report->examples->samples, report->examples->count, names,
                        report->card->classes, &unshown))
        program_warn(unshown.text);
    if (!run_report_write(run_folder_file(trainer->folder, "report.html", path), report, &unshown))
        program_warn(unshown.text);
}

/* Evaluate the best weights on the test images; print the table, write the page. */
static bool report(const Trainer *trainer, const Device *device, Error *error) {
    Embeddings embeddings = embeddings_new(trainer->network->options.architecture->feature);
    GeometrySums sums = { .embeddings = &embeddings };
    GeometrySums *geometry = trainer->network->options.hyperbolic ? &sums : NULL;
    const EvaluationOptions options = { .part = PART_TEST,
                                        .batch = trainer->settings->batch,
                                        .limit = trainer->settings->limit,
                                        .turns = turns_of(trainer->settings->turns),
                                        .geometry = geometry,
                                        .label = "test" };
    char path[RUN_PATH_MAX], evaluated[160];
    ModelCard card;
    Metrics metrics;
    Examples examples = { .count = 0 };
    run_folder_file(trainer->folder, "best.safetensors", path);
    Network *best = network_open(path, device, &card, error);
    if (!best) return false;
    const bool good =
        evaluation_run(best, &card, trainer->dataset, &options, &metrics, &examples, error);
    if (good) {
        const MetricsSummary summary = metrics_summary(&metrics);
        const char *const *names = (const char *const *)card.class_names;
        snprintf(evaluated, sizeof evaluated, "%s, split %.80s, test, weights of epoch %d",
                 dataset_choices[trainer->settings->dataset], trainer->settings->split,
                 trainer->state.best_epoch);
        printf("\n%s\n\n", evaluated);
        metrics_print_table(stdout, &summary, names);
        write_report(trainer,
                     &(RunReport){ .network = best,
                                   .card = &card,
                                   .metrics = &metrics,
                                   .examples = &examples,
                                   .geometry = geometry },
                     evaluated);
    }
    embeddings_free(&embeddings);
    examples_free(&examples);
    metrics_free(&metrics);
    network_destroy(best);
    model_card_free(&card);
    return good;
}

static bool print_summary(const Settings *settings, int classes, const Device *device,
                          Error *error) {
    const NetworkOptions options = settings_network(settings, classes);
    Network *network = network_create(&options, device, error);
    NetworkCost cost;
    const bool good = network && summary_print(stdout, network, settings->size, &cost, error);
    network_destroy(network);
    return good;
}

/* Drop the rows of metrics.csv after the resumed state: their epochs will run again. */
static bool rewind_metrics(const Trainer *trainer, Error *error) {
    const TrainingState *state = &trainer->state;
    int epochs = state->epoch;
    for (int stage = 1; stage < state->stage; stage++)
        epochs += settings_stage_epochs(trainer->settings, stage);
    return run_folder_rewind(trainer->folder, epochs, error);
}

/* Warn of a small training set, whose images are shown several times an epoch. */
static void print_repetition(const Settings *settings, int images) {
    const int used = settings->limit > 0 && settings->limit < images ? settings->limit : images;
    const int times = training_images_times(used, settings->batch * settings_epoch_steps(settings));
    if (times > 1)
        printf("%d training images are few: an epoch shows each %d times or more; expect results "
               "that vary much with --seed\n",
               used, times);
}

/* Print the first line: the data, the run's folder, and the device unless it is the CPU. */
static void print_opening(const Trainer *trainer, const Device *device) {
    int parts[PARTS] = { 0 };
    for (int i = 0; i < trainer->dataset->count; i++) parts[trainer->dataset->samples[i].part]++;
    printf("%s: %d training, %d validation, %d test images; run in %s",
           dataset_choices[trainer->settings->dataset], parts[PART_TRAIN], parts[PART_VAL],
           parts[PART_TEST], trainer->folder->path);
    if (device->kind != DEVICE_CPU) printf("; on %s", device->description);
    printf("\n");
    print_repetition(trainer->settings, parts[PART_TRAIN]);
    fflush(stdout);
}

/* Printed to standard error: standard output may have no reader left. */
static ProgramEnd interrupted(const Trainer *trainer, const Options *options) {
    const bool moved = trainer->settings->resume && options_source(options, "data") == OPTION_GIVEN;
    fprintf(ferror(stdout) ? stderr : stdout,
            "interrupted and saved; go on with: ./hadnet_train --resume %s%s%s\n",
            trainer->folder->path, moved ? " --data " : "", moved ? trainer->settings->data : "");
    return PROGRAM_INTERRUPTED;
}

static ProgramEnd train(Trainer *trainer, Settings *settings, const Options *options,
                        RunFolder *folder, Error *error) {
    const Device *device = choose_device(&settings->device, error);
    if (!device || !begin(trainer, device, error) || !trainer_check(trainer, error))
        return PROGRAM_FAILED;
    interrupt_install();
    if (settings->resume ? !has_room(folder, trainer, error) || !rewind_metrics(trainer, error)
                         : !create_folder(trainer, settings, options, folder, error))
        return PROGRAM_FAILED;
    print_opening(trainer, device);
    switch (trainer_run(trainer, error)) {
    case TRAINING_DONE:
        break;
    case TRAINING_FAILED:
        return PROGRAM_FAILED;
    case TRAINING_INTERRUPTED:
        return interrupted(trainer, options);
    }
    if (!report(trainer, device, error))
        return interrupt_requested() ? interrupted(trainer, options) : PROGRAM_FAILED;
    printf("\nweights, curves and images are in %s\n", folder->path);
    return PROGRAM_DONE;
}

static ProgramEnd run_in(RunFolder *folder, Settings *settings, const Options *options,
                         Error *error) {
    if (!threads_use(settings->threads, error)) return PROGRAM_FAILED;
    image_set_megapixels(settings->max_megapixels);
    SplitChoice split;
    if (!split_choice_of(settings->split, &split, error)) return PROGRAM_FAILED;
    const DatasetRequest request = { .layout = dataset_choices[settings->dataset],
                                     .folder = settings->data,
                                     .masks = settings->masks,
                                     .split = split,
                                     .seed = (uint64_t)settings->seed,
                                     .synth_images = settings->synth_images,
                                     .size = settings->size };
    if (settings->summary) {
        const Device *device = choose_device(&settings->device, error);
        return device && print_summary(settings, 4, device, error);
    }
    Trainer trainer = { .settings = settings, .folder = folder, .split = split.kind };
    trainer.dataset = open_dataset(&request, error);
    if (!trainer.dataset) return PROGRAM_FAILED;
    const ProgramEnd end = train(&trainer, settings, options, folder, error);
    network_destroy(trainer.network);
    model_card_free(&trainer.card);
    dataset_free(trainer.dataset);
    return end;
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    Settings *settings = context;
    RunFolder folder = { .lock = 0 };
    ProgramEnd end = PROGRAM_FAILED;
    if (open_folder(settings, options, &folder, error)) {
        recipe_apply(settings, options);
        if (settings_check(settings, error)) end = run_in(&folder, settings, options, error);
    }
    run_folder_close(&folder);
    return end;
}

PUBLIC int hadnet_train_main(int argc, char **argv) {
    Settings settings = settings_default();
    Option table[SETTINGS_OPTIONS_MAX];
    static const char *const examples[] = {
        "hadnet_train                                                 its own metal",
        "hadnet_train --dataset folder --data DIR",
        "hadnet_train --dataset neu-seg --data DIR --split scene --epochs 48",
        "hadnet_train --settings runs/folder/settings.txt --seed 2    the same again",
        "hadnet_train --resume runs/folder                            after an interruption",
        NULL
    };
    Options options = { .program = "hadnet_train",
                        .examples = examples,
                        .purpose = "Train HADNet to find defects on images of metal.",
                        .table = table };
    options.count = settings_options(&settings, table);
    return program_run(&options, argc, argv, run, &settings);
}
