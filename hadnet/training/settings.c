/* settings.c - the table of options, their defaults and their checks. */
#include "hadnet/training/settings.h"

#include "hadnet/model/model_card.h"
#include "hadnet/training/split_choice.h"
#include "nn/schedule.h"

#include <stdio.h>
#include <string.h>

enum { SYNTH = 5, PAPER_EPOCHS = 150, SYNTH_EPOCHS = 24, EPOCH_STEPS = 20, SHARES_MAX = 1000 };

const char *const dataset_choices[] = { "neu-seg", "mt-defect",       "fssd-12", "ucf-el",
                                        "folder",  [SYNTH] = "synth", NULL };
static const char *const config_choices[] = { "compact", "wrn50", NULL };
static const char *const decoder_choices[] = { "sum", "top-down", NULL };
static const char *const space_choices[] = { "hyperbolic", "euclidean", NULL };
static const char *const reduce_choices[] = { "afss", "rdr", "rlpr", NULL };
static const char *const ard_choices[] = { "rank", "zero", "none", "mask", NULL };
static const char *const target_choices[] = { "hst", "mask", NULL };
static const char *const schedule_choices[] = { "step", "cosine", "one-cycle", NULL };
static const char *const recipe_choices[] = { "best", "paper", NULL };
static const char *const optimiser_choices[] = { "adam", "adamw", NULL };

bool dataset_has_folder(int dataset) {
    return dataset != SYNTH;
}

Settings settings_default(void) {
    return (Settings){ .dataset = SYNTH,
                       .split = split_kind_name(SPLIT_OFFICIAL),
                       .masks = mask_settings_default(),
                       .size = 256,
                       .fit = FIT_LETTERBOX,
                       .synth_images = 300,
                       .max_megapixels = IMAGE_MEGAPIXELS,
                       .curvature = 0.01,
                       .batch = 8,
                       .stage_shares = "1:1",
                       .learning_rate = 1e-3,
                       .rise = 0.3,
                       .point_rate = 1,
                       .warm_up = 20,
                       .class_weight_power = 0.5,
                       .lovasz_from = 0.5,
                       .jitter = 0.25,
                       .afss_batches = 64,
                       .seed = 1 };
}

static int data_options(Settings *s, Option *table) {
    Option *next = table;
    *next++ = option_group(
        "Data", option_choice("dataset", dataset_choices, "layout of the data", &s->dataset));
    *next++ = option_text("data", "DIR", "folder of the dataset (none for synth)", &s->data);
    next += mask_options(&s->masks, next);
    *next++ = option_split("the release's own parts, whole scenes kept together, or the parts that "
                           "FILE lists, as split.txt of a run",
                           &s->split);
    *next++ = option_integer("size", "PX", "side to which images are resized", &s->size,
                             CARD_SIZE_MIN, CARD_SIZE_MAX);
    *next++ = option_choice("fit", fit_names,
                            "how images that are not square become so: stretched, as in the paper, "
                            "or with their aspect kept, continued by their mirror images",
                            &s->fit);
    *next++ = option_integer("limit", "N", "use at most N images of each part; 0: all", &s->limit,
                             0, 1 << 30);
    *next++ = option_integer("synth-images", "N", "images that synth makes", &s->synth_images, 10,
                             1 << 24);
    return (int)(next - table);
}

static int network_options(Settings *s, Option *table) {
    Option *next = table;
    *next++ = option_group(
        "Network", option_choice("config", config_choices, "backbone and widths", &s->config));
    *next++ = option_choice("decoder", decoder_choices,
                            "how the head merges levels; top-down: 3x3 convolutions, in compact "
                            "for a narrower last stage",
                            &s->decoder);
    *next++ = option_choice("space", space_choices, "geometry of the class head", &s->space);
    *next++ = option_positive("curvature", "C", "curvature of the ball, any c > 0", &s->curvature);
    *next++ = option_flag("learn-curvature", "learn the curvature too, from --curvature on",
                          &s->learn_curvature);
    *next++ =
        option_real("clip", "R",
                    "shorten features of sqrt(c) |u| > R to that length before they enter the "
                    "ball; 0: none",
                    &s->clip, 0, CLIP_MAX);
    *next++ = option_flag("temperature", "multiply the head's logits by one learnt number",
                          &s->temperature);
    *next++ = option_choice("reduce", reduce_choices,
                            "how levels are reduced: AFSS, random channels, random projection",
                            &s->reduce);
    *next++ = option_choice("ard", ard_choices,
                            "residual channels: ARD's, zeros instead (a control), a 1x1 of all, "
                            "ARD's in their places and zeros in the others",
                            &s->ard);
    *next++ = option_flag("no-ard", "the same as --ard none", &s->no_ard);
    *next++ = option_choice("afss-target", target_choices, "target map of AFSS", &s->afss_target);
    *next++ = option_integer("afss-batches", "N", "batches that AFSS averages over",
                             &s->afss_batches, 1, 1 << 20);
    *next++ = option_text("pretrained", "FILE", "safetensors to start from, matched by name",
                          &s->pretrained);
    *next++ = option_flag("pretrained-partial", "load the parameters that match, ignore the rest",
                          &s->pretrained_partial);
    return (int)(next - table);
}

static int recipe_options(Settings *s, Option *table) {
    Option *next = table;
    *next++ = option_group(
        "Training", option_choice("recipe", recipe_choices,
                                  "the options that are not given: as measured best for the "
                                  "dataset with compact, or the paper's; this list shows the "
                                  "paper's, which synth and wrn50 always have",
                                  &s->recipe));
    *next++ = option_integer("epochs", "N",
                             "epochs of the whole run, shared out between stages 1 and 3; 0: 150, "
                             "or 24 for synth, of 20 steps at least",
                             &s->epochs, 0, 1000000);
    *next++ = option_text("stage-shares", "A:B",
                          "how stages 1 and 3 share the epochs; 1:0: no stage 3", &s->stage_shares);
    *next++ = option_integer("batch", "N", "images per step", &s->batch, 1, 4096);
    *next++ =
        option_choice("optimiser", optimiser_choices,
                      "Adam, or AdamW, whose weights decay apart from the gradient", &s->optimiser);
    *next++ = option_positive("lr", "X", "learning rate, at its highest", &s->learning_rate);
    *next++ = option_positive("point-rate", "F",
                              "points of the ball learn at F times that rate: their second moment "
                              "is of a whole vector, so each step of theirs is short",
                              &s->point_rate);
    *next++ =
        option_choice("schedule", schedule_choices,
                      "how the learning rate changes over the steps of a stage", &s->schedule);
    *next++ = option_integer("warm-up", "N",
                             "first steps of a stage, in which step and cosine bring the rate up",
                             &s->warm_up, 0, 1000000);
    *next++ = option_real("rise", "P", "share of a stage's steps in which one-cycle's rate rises",
                          &s->rise, 0, 1);
    *next++ =
        option_real("average", "D",
                    "evaluate and save a moving average of the weights, of which a step keeps D; "
                    "0: the weights themselves",
                    &s->average, 0, 0.9999999);
    *next++ = option_real("class-weight-power", "P",
                          "a class's pixels weigh (its share of the pixels drawn)^-P in the "
                          "cross-entropy; 0: all alike",
                          &s->class_weight_power, 0, 1);
    *next++ =
        option_real("weight-decay", "X", "of adamw: weights lose X of themselves, times the rate",
                    &s->weight_decay, 0, 1);
    *next++ = option_real("lovasz", "W", "weight of the Lovasz-softmax loss, beside the others",
                          &s->lovasz, 0, 100);
    *next++ = option_real("lovasz-from", "P", "share of a stage's steps before that loss counts",
                          &s->lovasz_from, 0, 1);
    *next++ = option_real("auxiliary", "W",
                          "weight of the head's own losses in stage 3, which then trains the head "
                          "too; 0: the head stays as it is",
                          &s->auxiliary, 0, 100);
    *next++ = option_turns(&s->turns);
    *next++ = option_real("jitter", "P", "probability of colour jitter", &s->jitter, 0, 1);
    *next++ = option_real("scale", "S",
                          "show training images larger or smaller by up to 1 + S, cropped or "
                          "continued by their mirror images; 0: as they are",
                          &s->scale, 0, 3);
    *next++ = option_real("repeat-rare", "T",
                          "draw images of a class that a share f < T of them has sqrt(T / f) times "
                          "an epoch; 0: each once",
                          &s->repeat_rare, 0, 1);
    *next++ = option_integer("seed", "N", "of the split, weights, order, augmentation and synth",
                             &s->seed, 0, 0x7fffffff);
    *next++ = option_integer("selection-seed", "N",
                             "of the random channels and projections of --reduce; 0: --seed's",
                             &s->selection_seed, 0, 0x7fffffff);
    return (int)(next - table);
}

Option option_turns(int *target) {
    static const char *const choices[] = { "1", "2", "4", "8", NULL };
    return option_choice("turns", choices,
                         "average answers over this many mirror images and transposes", target);
}

int turns_of(int choice) {
    return 1 << choice;
}

Option option_max_megapixels(int *target) {
    return option_integer("max-megapixels", "N", "refuse images of more million pixels", target, 1,
                          IMAGE_MEGAPIXELS_MAX);
}

int settings_options(Settings *s, Option *table) {
    int count = data_options(s, table);
    count += network_options(s, table + count);
    count += recipe_options(s, table + count);
    /* All of these decide the weights' bits; the rest may change when a run is resumed. */
    for (int i = 0; i < count; i++) table[i] = option_scope(OPTION_FIXED, table[i]);
    /* The images may have moved since; the recorded split shows whether they are the same. */
    for (int i = 0; i < count; i++)
        if (!strcmp(table[i].name, "data")) table[i] = option_scope(OPTION_FREE, table[i]);
    table[count++] = option_group("Machine", option_max_megapixels(&s->max_megapixels));
    table[count++] =
        option_integer("threads", "N", "of the CPU; 0: all, or what a container's quota allows",
                       &s->threads, 0, 4096);
    count += device_options(&s->device, table + count);
    const int outside = count;
    table[count++] = option_group(
        "The run", option_text("out", "DIR", "folder of the run (default runs/DATASET)", &s->out));
    table[count++] = option_text("settings", "FILE",
                                 "take the options that are not given from FILE, such as another "
                                 "run's settings.txt",
                                 &s->settings);
    table[count++] = option_text("resume", "DIR", "resume the run in DIR", &s->resume);
    table[count++] =
        option_flag("summary", "print layers, parameters and multiply-adds, and stop", &s->summary);
    for (int i = outside; i < count; i++) table[i] = option_scope(OPTION_OUTSIDE, table[i]);
    return count;
}

/* "A:B" in two numbers, of which one may be 0. */
static bool read_shares(const char *text, int shares[2]) {
    char rest;
    return text && sscanf(text, "%4d:%4d%c", &shares[0], &shares[1], &rest) == 2 &&
           strspn(text, "0123456789:") == strlen(text) && shares[0] <= SHARES_MAX &&
           shares[1] <= SHARES_MAX && shares[0] + shares[1] > 0;
}

static bool check_shares(const Settings *s, Error *error) {
    int shares[2];
    if (!read_shares(s->stage_shares, shares))
        return error_set(error,
                         "--stage-shares %.60s: expected A:B, two whole numbers of at most %d, not "
                         "both 0",
                         s->stage_shares ? s->stage_shares : "none", SHARES_MAX);
    return settings_epochs(s) > 1 || shares[0] == 0 || shares[1] == 0 ||
           error_set(error, "--epochs 1 is of the whole run and leaves none to stage 3; expected 2 "
                            "or more, or --stage-shares 1:0");
}

bool settings_check(const Settings *s, Error *error) {
    if (dataset_has_folder(s->dataset) && !s->data && !s->summary)
        return error_set(error, "--dataset %s needs --data DIR, the dataset's folder",
                         dataset_choices[s->dataset]);
    if (s->pretrained_partial && !s->pretrained)
        return error_set(error, "--pretrained-partial needs --pretrained FILE");
    if (s->weight_decay > 0 && s->optimiser != OPTIMISER_ADAMW)
        return error_set(error, "--weight-decay %g needs --optimiser adamw", s->weight_decay);
    if (s->space != 0 && (s->learn_curvature || s->clip > 0))
        return error_set(error, "--%s is of the ball; --space euclidean has none",
                         s->learn_curvature ? "learn-curvature" : "clip");
    SplitChoice split;
    return split_choice_of(s->split, &split, error) && check_shares(s, error);
}

int settings_epochs(const Settings *s) {
    if (s->epochs > 0) return s->epochs;
    return dataset_has_folder(s->dataset) ? PAPER_EPOCHS : SYNTH_EPOCHS;
}

int settings_stage_epochs(const Settings *s, int stage) {
    int shares[2];
    const int64_t epochs = settings_epochs(s);
    if (!read_shares(s->stage_shares, shares) || (stage != 1 && stage != 3)) return 0;
    const int64_t all = shares[0] + shares[1];
    int64_t first = (2 * epochs * shares[0] + all) / (2 * all);
    if (first == 0 && shares[0] > 0) first = 1;
    if (first == epochs && shares[1] > 0) first = epochs - 1;
    return (int)(stage == 1 ? first : epochs - first);
}

int settings_epoch_steps(const Settings *s) {
    return s->epochs > 0 ? 1 : EPOCH_STEPS;
}

/* In the order of ard_choices. */
static Ard chosen_ard(const Settings *s) {
    static const Ard choices[] = { ARD_RANK, ARD_ZERO, ARD_NONE, ARD_MASK };
    return s->no_ard ? ARD_NONE : choices[s->ard];
}

NetworkOptions settings_network(const Settings *s, int classes) {
    return (NetworkOptions){ .architecture =
                                 architecture_with(config_choices[s->config], (Decoder)s->decoder),
                             .hyperbolic = s->space == 0,
                             .curvature = s->curvature,
                             .learn_curvature = s->learn_curvature,
                             .clip = s->clip,
                             .temperature = s->temperature,
                             .reduction = (Reduction)s->reduce,
                             .ard = chosen_ard(s),
                             .classes = classes,
                             .seed = (uint64_t)s->seed,
                             .selection_seed = (uint64_t)s->selection_seed };
}

double settings_learning_rate(const Settings *s, int64_t step, int64_t steps) {
    if (s->schedule == SCHEDULE_ONE_CYCLE)
        return schedule_one_cycle(s->learning_rate, s->rise, steps, step);
    const double base = s->learning_rate * schedule_warm_up(s->warm_up, step);
    if (s->schedule == SCHEDULE_COSINE) return schedule_cosine(base, 0.01 * base, steps, step);
    if (step >= steps * 9 / 10) return 0.01 * base;
    return step >= steps * 7 / 10 ? 0.1 * base : base;
}
