/* trainer.c - the training loop: stages, epochs, steps, validation, saving. */
#include "hadnet/training/trainer.h"

#include "data/loader.h"
#include "hadnet/command_line/interrupt.h"
#include "hadnet/command_line/progress.h"
#include "hadnet/model/feed.h"
#include "hadnet/model/network_file.h"
#include "hadnet/reports/epoch_record.h"
#include "hadnet/training/class_weights.h"
#include "hadnet/training/evaluation.h"
#include "hadnet/training/selection.h"
#include "hadnet/training/training_graph.h"
#include "hadnet/training/training_images.h"
#include "hyp/riemannian.h"
#include "tensor/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Riemannian Adam's steps in the limit of no curvature: of the Euclidean variant's points. */
static const real FLAT_CURVATURE = 1e-12f;

/* The state of one training stage while it runs. */
typedef struct Stage {
    int number;
    TrainingGraph graph;
    Optimiser *optimiser;
    WeightAverage *average; /* NULL: the settings ask for none */
    UpdateRule ball_rule;
    real curvature;
    Loader *loader;
    int64_t steps; /* per epoch */
    int epochs;
    Feed feed;
    double lovasz;       /* weight of that loss in the graph */
    const Batch *sent;   /* a batch that was sent and that no step has used, or NULL */
    Recording recording; /* of a step's enqueued work */
} Stage;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool stage_optimiser(Stage *stage, Trainer *trainer, Error *error) {
    const Settings *settings = trainer->settings;
    OptimiserOptions options = optimiser_options();
    options.weight_decay = settings->weight_decay;
    options.point_rate = settings->point_rate;
    const NetworkOptions *network = &trainer->network->options;
    stage->curvature =
        network->hyperbolic ? trainer->network->head.hyperplanes.curvature : FLAT_CURVATURE;
    stage->ball_rule = rule_riemannian_adam(&stage->curvature);
    RuleTable rules = rule_table(settings->optimiser == OPTIMISER_ADAMW ? &rule_adamw : &rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &stage->ball_rule;
    stage->optimiser = optimiser_create(trainer->network->parameters, &rules, &options, error);
    return stage->optimiser != NULL;
}

/* The images that an epoch draws. The caller frees. */
static int *images_drawn(const Trainer *trainer, int *count) {
    const Settings *settings = trainer->settings;
    int *samples = training_images_balanced(trainer->dataset, settings->limit, count);
    const int least = settings->batch * settings_epoch_steps(settings);
    samples = training_images_rare(trainer->dataset, samples, count, settings->repeat_rare);
    return training_images_repeat(samples, count, training_images_times(*count, least));
}

static bool stage_average(Stage *stage, Trainer *trainer, Error *error) {
    const double decay = trainer->settings->average;
    if (decay > 0)
        stage->average = weight_average_create(trainer->network->parameters, decay, error);
    return decay == 0 || stage->average;
}

static bool stage_loader(Stage *stage, Trainer *trainer, Error *error) {
    const Settings *settings = trainer->settings;
    int count, *samples = images_drawn(trainer, &count);
    LoaderOptions options = training_loader(settings, samples, count);
    options.twins = stage->number == 3 ? TWINS_MIXED : TWINS_NONE;
    options.augment = augmentation_default();
    options.augment.jitter_probability = settings->jitter;
    options.augment.scale = settings->scale;
    options.normalisation = trainer->card.normalisation;
    options.seed = (uint64_t)settings->seed + (uint64_t)stage->number;
    options.first_epoch = trainer->state.epoch;
    options.first_batch = (int)trainer->state.step;
    options.epochs = stage->epochs;
    options.targets = true;
    options.device = trainer->network->parameters->device;
    stage->loader = loader_open(trainer->dataset, &options, error);
    free(samples);
    if (!stage->loader) return false;
    stage->steps = loader_batches(stage->loader);
    return true;
}

static void stage_class_weights(Stage *stage, const Trainer *trainer) {
    real weights[CLASSES_MAX];
    const double power = trainer->settings->class_weight_power;
    if (power == 0) return;
    int count, *samples = images_drawn(trainer, &count);
    class_weights(trainer->dataset, samples, count, power, weights);
    tensor_upload(&stage->graph.weights->value, weights);
    free(samples);
}

static void close_graph(Stage *stage) {
    recording_destroy(&stage->recording);
    feed_destroy(&stage->feed);
    training_graph_destroy(&stage->graph);
}

static void stage_end(Stage *stage) {
    close_graph(stage);
    optimiser_destroy(stage->optimiser);
    weight_average_destroy(stage->average);
    loader_close(stage->loader);
}

/* A stage without a step has no state to save: its moments are all zero, and its averages are the
 * weights. */
static bool has_memory(const Trainer *trainer) {
    return trainer->state.epoch > 0 || trainer->state.step > 0;
}

static const char *resume_path(const Trainer *trainer, char buffer[RUN_PATH_MAX]) {
    return run_folder_file(trainer->folder, "resume.safetensors", buffer);
}

/* With a loss of its own in stage 3 the head is trained there too. */
static void set_stage(const Trainer *trainer, int stage) {
    network_set_stage(trainer->network, stage);
    if (stage == 3 && trainer->settings->auxiliary > 0)
        parameter_set_freeze(trainer->network->parameters, "head.", false);
}

static bool build_graph(TrainingGraph *graph, const Trainer *trainer, int stage, double lovasz,
                        Error *error) {
    const Settings *settings = trainer->settings;
    const LossOptions losses = { .lovasz = lovasz, .auxiliary = settings->auxiliary };
    set_stage(trainer, stage);
    return stage == 1 ? training_graph_stage_1(graph, trainer->network, settings->batch,
                                               settings->size, losses, error)
                      : training_graph_stage_3(graph, trainer->network, settings->batch,
                                               settings->size, losses, error);
}

/* The weight of the Lovasz loss after `done` steps of the stage. */
static double lovasz_weight(const Stage *stage, const Settings *settings, int64_t done) {
    const double from = settings->lovasz_from * (double)(stage->epochs * stage->steps);
    return (double)done >= from ? settings->lovasz : 0;
}

static bool open_graph(Stage *stage, const Trainer *trainer, double lovasz, Error *error) {
    const Device *device = trainer->network->parameters->device;
    stage->lovasz = lovasz;
    if (!build_graph(&stage->graph, trainer, stage->number, lovasz, error) ||
        !training_graph_feed(&stage->graph, device, &stage->feed, error))
        return false;
    stage->recording = recording_create(device);
    stage_class_weights(stage, trainer);
    return true;
}

/* The graph has the Lovasz loss only while it has a weight, as sorting takes a tenth of a step. */
static bool follow_lovasz(Stage *stage, const Trainer *trainer, int64_t done, Error *error) {
    const double weight = lovasz_weight(stage, trainer->settings, done);
    if (weight == stage->lovasz) return true;
    close_graph(stage);
    if (!open_graph(stage, trainer, weight, error)) return false;
    if (stage->sent) training_graph_send(&stage->feed, stage->sent);
    return true;
}

static bool stage_resume(Stage *stage, Trainer *trainer, Error *error) {
    char path[RUN_PATH_MAX];
    const bool memory = has_memory(trainer);
    if (!trainer->resuming) return true;
    trainer->resuming = false;
    if (!resume_load(resume_path(trainer, path), trainer->network, memory ? stage->optimiser : NULL,
                     memory ? stage->average : NULL, error))
        return false;
    if (stage->average && !memory) weight_average_restart(stage->average);
    return true;
}

static bool stage_begin(Stage *stage, Trainer *trainer, Error *error) {
    const Settings *settings = trainer->settings;
    char path[RUN_PATH_MAX];
    *stage = (Stage){ .number = trainer->state.stage,
                      .epochs = settings_stage_epochs(settings, trainer->state.stage) };
    set_stage(trainer, stage->number);
    if (stage->number == 1 && !trainer->resuming) network_answer_by_head(trainer->network);
    if (!stage_optimiser(stage, trainer, error) || !stage_average(stage, trainer, error) ||
        !stage_resume(stage, trainer, error))
        return false;
    if (!stage_loader(stage, trainer, error) ||
        !resume_fits(resume_path(trainer, path), &trainer->state, stage->epochs, stage->steps,
                     error))
        return false;
    trainer->state.steps = stage->steps;
    const int64_t done = trainer->state.epoch * stage->steps + trainer->state.step;
    return open_graph(stage, trainer, lovasz_weight(stage, settings, done), error);
}

/* ---- One step ---- */

/* Epochs are counted over both training stages, from 1. */
static int run_epoch(const Trainer *trainer, const Stage *stage) {
    const int before = stage->number == 3 ? settings_stage_epochs(trainer->settings, 1) : 0;
    return before + trainer->state.epoch + 1;
}

/* Send the next batch, if there is one. false only on failure. */
static bool send_batch(Stage *stage, Error *error) {
    feed_wait(&stage->feed); /* the loader will overwrite the last batch */
    stage->sent = loader_next(stage->loader, error);
    if (!stage->sent) return !error->text[0];
    training_graph_send(&stage->feed, stage->sent);
    return true;
}

/* Enqueue all work of a step; this is recorded. */
static bool enqueue_step(void *context, Error *error) {
    Stage *stage = context;
    if (!graph_forward(stage->graph.graph, error) || !graph_backward(stage->graph.graph, error))
        return false;
    optimiser_enqueue(stage->optimiser);
    if (stage->average) weight_average_enqueue(stage->average);
    return true;
}

static double scalar(const Node *node) {
    real value;
    tensor_download(&node->value, &value);
    return (double)value;
}

/* An untrained network has a cross-entropy of log(classes), a Dice loss of 1 and, as features are
 * standardised, an error of 1 per level. A loss a thousand times larger does not recover, so the
 * run ends. */
static bool check_loss(const Stage *stage, const Trainer *trainer, double loss, Error *error) {
    const NetworkOptions *options = &trainer->network->options;
    const int levels = stage->number == 3 ? options->architecture->levels : 0;
    const double ignorant = log(options->classes) + 1 + levels;
    return loss < 1000 * ignorant ||
           error_set(error,
                     "training diverges: loss %.3g in step %lld of epoch %d, where %.2g is that of "
                     "a network that knows nothing; try a --lr below %g",
                     loss, (long long)trainer->state.step + 1, run_epoch(trainer, stage), ignorant,
                     trainer->settings->learning_rate);
}

/* The next batch is read and sent while the device computes; then the host waits for the loss. */
static bool step(Stage *stage, Trainer *trainer, Error *error) {
    TrainingState *state = &trainer->state;
    const int64_t done = state->epoch * stage->steps + state->step;
    const double rate =
        settings_learning_rate(trainer->settings, done, stage->epochs * stage->steps);
    if (!stage->sent && !send_batch(stage, error)) return false;
    PROMISE(stage->sent, "the loader ended after %lld of %lld steps", (long long)done,
            (long long)(stage->epochs * stage->steps));
    if (!follow_lovasz(stage, trainer, done, error)) return false;
    feed_use(&stage->feed);
    if (stage->average) weight_average_prepare(stage->average, done);
    if (!optimiser_prepare(stage->optimiser, rate, error) ||
        !recording_run(&stage->recording, enqueue_step, stage, error) ||
        !send_batch(stage, error) || !optimiser_finish(stage->optimiser, error))
        return false;
    const double loss = scalar(stage->graph.loss);
    if (!check_loss(stage, trainer, loss, error)) return false;
    state->step++;
    state->loss_sum += loss;
    for (int i = 0; i < stage->graph.term_count; i++)
        state->term_sums[i] += scalar(stage->graph.terms[i].value);
    return true;
}

/* ---- Epochs ---- */

/* Swap the trained weights with their average, which is evaluated and saved, if there is one. */
static void exchange_weights(const Stage *stage) {
    if (stage && stage->average) weight_average_exchange(stage->average);
}

/* stage: NULL between stages. */
static bool save(const Trainer *trainer, const Stage *stage, Error *error) {
    char path[RUN_PATH_MAX];
    const bool memory = stage && has_memory(trainer);
    exchange_weights(stage);
    const bool saved =
        network_save(trainer->network, &trainer->card,
                     run_folder_file(trainer->folder, "last.safetensors", path), error);
    exchange_weights(stage);
    return saved && resume_save(resume_path(trainer, path), trainer->network, &trainer->card,
                                memory ? stage->optimiser : NULL, memory ? stage->average : NULL,
                                &trainer->state, error);
}

/* Evaluate the network on the validation images, and record the epoch. */
static bool validate(Trainer *trainer, const Stage *stage, MetricsSummary *summary, Error *error) {
    const TrainingState *state = &trainer->state;
    const double steps = (double)stage->steps;
    Reconstruction reconstruction;
    const EvaluationOptions options = { .part = PART_VAL,
                                        .batch = trainer->settings->batch,
                                        .limit = trainer->settings->limit,
                                        .turns = turns_of(trainer->settings->turns),
                                        .head_only = stage->number == 1,
                                        .reconstruction = &reconstruction };
    EpochRecord record = { .epoch = run_epoch(trainer, stage),
                           .epochs = settings_epochs(trainer->settings),
                           .stage = stage->number,
                           .loss = state->loss_sum / steps,
                           .graph = &stage->graph,
                           .reconstruction = &reconstruction,
                           .summary = summary,
                           .seconds = state->seconds };
    for (int i = 0; i < stage->graph.term_count; i++) record.terms[i] = state->term_sums[i] / steps;
    Metrics metrics = { 0 };
    bool good =
        reconstruction_create(&reconstruction, trainer->network->options.architecture, error) &&
        evaluation_run(trainer->network, &trainer->card, trainer->dataset, &options, &metrics, NULL,
                       error);
    if (good) *summary = metrics_summary(&metrics);
    good = good && epoch_record_write(trainer->folder, &record, &trainer->without_curves, error);
    metrics_free(&metrics);
    reconstruction_free(&reconstruction);
    return good;
}

/* Keep the weights with the run's best validation mIoU over all classes, even if they are of stage
 * 1. Of equals the first; if no epoch has a score, the last. */
static bool keep_best(Trainer *trainer, const Stage *stage, const MetricsSummary *summary,
                      Error *error) {
    char path[RUN_PATH_MAX];
    if (summary->miou_all <= trainer->state.best) return true;
    trainer->state.best = isnan(summary->miou_all) ? -1 : summary->miou_all;
    trainer->state.best_epoch = run_epoch(trainer, stage);
    return network_save(trainer->network, &trainer->card,
                        run_folder_file(trainer->folder, "best.safetensors", path), error);
}

static bool finish_epoch(Trainer *trainer, const Stage *stage, Error *error) {
    TrainingState *state = &trainer->state;
    MetricsSummary summary;
    exchange_weights(stage);
    const bool good =
        validate(trainer, stage, &summary, error) && keep_best(trainer, stage, &summary, error);
    exchange_weights(stage);
    if (!good) return false;
    state->epoch++;
    state->step = 0;
    state->loss_sum = state->seconds = 0;
    memset(state->term_sums, 0, sizeof state->term_sums);
    return save(trainer, stage, error);
}

/* A term of the loss that stays zero trains nothing: print that beside the loss. */
static void remark_zero_terms(Progress *progress, const Stage *stage, const TrainingState *state) {
    progress->remark[0] = '\0';
    for (int i = 0; i < stage->graph.term_count; i++)
        if (state->term_sums[i] == 0) {
            snprintf(progress->remark, sizeof progress->remark, "%s is zero",
                     stage->graph.terms[i].name);
            return;
        }
}

static TrainingEnd train_epoch(Trainer *trainer, Stage *stage, Error *error) {
    TrainingState *state = &trainer->state;
    char label[64];
    snprintf(label, sizeof label, "stage %d epoch %d/%d", stage->number, run_epoch(trainer, stage),
             settings_epochs(trainer->settings));
    Progress progress = progress_begin(label, stage->steps);
    progress.steps_after = (stage->epochs - state->epoch - 1) * stage->steps;
    const double began = now() - state->seconds;
    const int64_t first = state->step;
    while (state->step < stage->steps && !interrupt_requested()) {
        if (!step(stage, trainer, error)) return progress_end(&progress), TRAINING_FAILED;
        state->seconds = now() - began;
        remark_zero_terms(&progress, stage, state);
        progress_update(&progress, state->step, (state->step - first) * trainer->settings->batch,
                        state->loss_sum / (double)state->step);
    }
    progress_end(&progress);
    return state->step == stage->steps ? TRAINING_DONE : TRAINING_INTERRUPTED;
}

static TrainingEnd train_stage(Trainer *trainer, Error *error) {
    Stage stage;
    TrainingEnd end = stage_begin(&stage, trainer, error) ? TRAINING_DONE : TRAINING_FAILED;
    while (end == TRAINING_DONE && trainer->state.epoch < stage.epochs) {
        end = train_epoch(trainer, &stage, error);
        if (end == TRAINING_DONE && !finish_epoch(trainer, &stage, error)) end = TRAINING_FAILED;
        /* Interrupted during the evaluation: the epoch's steps are done, and not repeated. */
        if (end == TRAINING_FAILED && interrupt_requested()) end = TRAINING_INTERRUPTED;
    }
    if (end == TRAINING_INTERRUPTED && !save(trainer, &stage, error)) end = TRAINING_FAILED;
    if (end == TRAINING_DONE && stage.average) weight_average_settle(stage.average);
    stage_end(&stage);
    return end;
}

static TrainingEnd select_stage(Trainer *trainer, Error *error) {
    char path[RUN_PATH_MAX];
    if (trainer->resuming &&
        !resume_load(resume_path(trainer, path), trainer->network, NULL, NULL, error))
        return TRAINING_FAILED;
    trainer->resuming = false;
    return select_channels(trainer->network, trainer->dataset, trainer->settings,
                           run_folder_file(trainer->folder, "afss.csv", path), error);
}

static bool check_stage(const Trainer *trainer, int stage, Error *error) {
    TrainingGraph graph = { 0 };
    const bool good = build_graph(&graph, trainer, stage, trainer->settings->lovasz, error);
    training_graph_destroy(&graph);
    return good;
}

/* Whether the run has anything to do in a stage; channels are selected for stage 3. */
static bool has_stage(const Trainer *trainer, int stage) {
    return settings_stage_epochs(trainer->settings, stage == 2 ? 3 : stage) > 0;
}

bool trainer_check(const Trainer *trainer, Error *error) {
    return (!has_stage(trainer, 1) || check_stage(trainer, 1, error)) &&
           (!has_stage(trainer, 3) || check_stage(trainer, 3, error)) &&
           (!has_stage(trainer, 2) || trainer->state.stage > 2 ||
            selection_check(trainer->dataset, trainer->settings, error));
}

TrainingEnd trainer_run(Trainer *trainer, Error *error) {
    TrainingState *state = &trainer->state;
    while (state->stage <= 3) {
        if (!has_stage(trainer, state->stage)) {
            state->stage++;
            continue;
        }
        const TrainingEnd end =
            state->stage == 2 ? select_stage(trainer, error) : train_stage(trainer, error);
        if (end != TRAINING_DONE) return end;
        state->stage++;
        state->epoch = 0;
        state->steps = 0;
        if (!save(trainer, NULL, error)) return TRAINING_FAILED;
    }
    return TRAINING_DONE;
}
