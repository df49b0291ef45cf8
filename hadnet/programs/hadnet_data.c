/* hadnet_data.c - looks at a dataset before anything is trained on it. */
#include "hadnet/command_line/program.h"
#include "hadnet/inspection/contact_sheet.h"
#include "data/files.h"
#include "data/split/split_list.h"
#include "hadnet/command_line/reading_progress.h"
#include "hadnet/training/settings.h"
#include "hadnet/training/split_choice.h"
#include "tensor/public.h"
#include "tensor/threads.h"

#include <stdio.h>
#include <string.h>

typedef struct DataSettings {
    const char *data, *split, *out, *write_split;
    int dataset, seed, synth_images, threads, max_megapixels;
    MaskSettings masks;
    bool overwrite;
} DataSettings;

static int data_options(DataSettings *s, Option *table) {
    Option *next = table;
    *next++ = option_choice("dataset", dataset_choices, "layout of the data", &s->dataset);
    *next++ = option_text("data", "DIR", "folder of the dataset (none for synth)", &s->data);
    next += mask_options(&s->masks, next);
    *next++ = option_split("the release's own parts, whole scenes kept together, or the parts that "
                           "FILE lists, as --write-split writes it",
                           &s->split);
    *next++ = option_integer("seed", "N", "of the split, and of synth", &s->seed, 0, 0x7fffffff);
    *next++ = option_integer("synth-images", "N", "images that synth makes", &s->synth_images, 10,
                             1 << 24);
    *next++ = option_max_megapixels(&s->max_megapixels);
    *next++ =
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &s->threads, 0, 4096);
    *next++ =
        option_text("out", "FILE.png", "also draw a sheet of images with their labels", &s->out);
    *next++ = option_text("write-split", "FILE", "also write the part of every image, a line each",
                          &s->write_split);
    *next++ = option_flag("overwrite", "replace these files if they are there", &s->overwrite);
    return (int)(next - table);
}

static bool may_write(const DataSettings *s, const char *path, Error *error) {
    return !path || s->overwrite || !file_exists(path) ||
           error_set(error, "%s: exists; choose another file, or have it replaced with --overwrite",
                     path);
}

/* Every file counts, so that bad ones are all found in one call. */
static Dataset *open_all(const DataSettings *s, const SplitChoice *split, Error *error) {
    ReadingProgress reading = reading_progress_begin();
    const DatasetOptions options = { .bad_files = BAD_FILES_SKIP,
                                     .mask_threshold = s->masks.threshold,
                                     .ignores = s->masks.ignore_label >= 0,
                                     .ignore_label = s->masks.ignore_label,
                                     .threshold_word = "--mask-threshold",
                                     .ignore_word = "--ignore-label",
                                     .synth_count = s->synth_images,
                                     .synth_seed = (uint64_t)s->seed,
                                     .scenes = true,
                                     .progress = reading_progress_update,
                                     .progress_context = &reading };
    Dataset *dataset = dataset_open(dataset_choices[s->dataset], s->data, &options, error);
    reading_progress_end(&reading);
    if (!dataset) return NULL;
    split_find_scenes(dataset);
    if (split_choice_apply(split, dataset, (uint64_t)s->seed, error)) return dataset;
    dataset_free(dataset);
    return NULL;
}

static bool report(const DataSettings *s, Dataset *dataset, const Inspection *inspection,
                   Error *error) {
    char line[512];
    printf("%s, split %s%s%s\n", dataset_choices[s->dataset], s->split, s->data ? ", " : "",
           s->data ? s->data : "");
    if (*dataset_describe_labels(dataset, line, sizeof line)) printf("%s\n", line);
    putchar('\n');
    inspection_print(stdout, dataset, inspection);
    if (!inspection_finds_fault(dataset, inspection)) printf("nothing suspicious\n");
    return (!s->out || contact_sheet_write(dataset, inspection, s->out, error)) &&
           (!s->write_split || split_list_write(dataset, s->write_split, error));
}

static ProgramEnd run(void *context, Options *options, Error *error) {
    DataSettings *s = context;
    (void)options;
    if (!s->data && dataset_has_folder(s->dataset))
        return error_set(error, "--dataset %s needs --data DIR, the dataset's folder",
                         dataset_choices[s->dataset]);
    SplitChoice split;
    if (!split_choice_of(s->split, &split, error)) return PROGRAM_FAILED;
    if (!may_write(s, s->out, error) || !may_write(s, s->write_split, error) ||
        !threads_use(s->threads, error))
        return PROGRAM_FAILED;
    image_set_megapixels(s->max_megapixels);
    Dataset *dataset = open_all(s, &split, error);
    if (!dataset) return PROGRAM_FAILED;
    Inspection inspection = inspection_of(dataset);
    const bool good = report(s, dataset, &inspection, error);
    inspection_free(&inspection);
    dataset_free(dataset);
    return good;
}

PUBLIC int hadnet_data_main(int argc, char **argv) {
    const Settings usual = settings_default();
    DataSettings settings = { .dataset = usual.dataset,
                              .split = usual.split,
                              .masks = usual.masks,
                              .seed = usual.seed,
                              .synth_images = usual.synth_images,
                              .max_megapixels = usual.max_megapixels };
    Option table[16];
    static const char *const examples[] = {
        "hadnet_data --dataset folder --data DIR --out sheet.png",
        "hadnet_data --dataset neu-seg --data DIR --split scene --write-split split.txt", NULL
    };
    Options options = { .program = "hadnet_data",
                        .examples = examples,
                        .purpose = "Look at a dataset: what it holds, what is wrong with it.",
                        .table = table };
    options.count = data_options(&settings, table);
    return program_run(&options, argc, argv, run, &settings);
}
