/* test_hadnet_learning_float.c - every trained part learns, on batches of the real loader.
 *
 * Each part of the network may be correct and still learn nothing, when a batch, a loss or a
 * gradient does not reach it. So these tests take batches from the loader, look at the gradient of
 * every term of the loss in every parameter, and train stage 3 with and without each part.
 */
#include "data/loader.h"
#include "data/split/split.h"
#include "hadnet/training/evaluation.h"
#include "hadnet/training/selection.h"
#include "hadnet/training/training_graph.h"
#include "hyp/riemannian.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64, BATCH = 4, IMAGES = 80 };

static Dataset *open_synth(void) {
    const DatasetOptions options = { .synth_count = IMAGES, .synth_size = SIDE, .synth_seed = 3 };
    Dataset *dataset = dataset_open("synth", NULL, &options, NULL);
    CHECK(dataset && split_dataset(dataset, SPLIT_OFFICIAL, 1, NULL));
    return dataset;
}

/* Batches of training images, with twins in stage 3, as the trainer asks for them. */
static Loader *open_loader(Dataset *dataset, int stage) {
    int count;
    int *samples = dataset_part(dataset, PART_TRAIN, &count);
    LoaderOptions options = loader_default(samples, count);
    options.size = SIDE;
    options.batch = BATCH;
    options.shuffle = true;
    options.seed = 9;
    options.targets = true;
    options.twins = stage == 3 ? TWINS_MIXED : TWINS_NONE;
    Loader *loader = loader_open(dataset, &options, NULL);
    CHECK(loader != NULL);
    free(samples);
    return loader;
}

typedef struct Training {
    TrainingGraph graph;
    Feed feed;
    Loader *loader;
    Optimiser *optimiser;
    UpdateRule points;
    real curvature;
} Training;

static void training_begin(Training *training, Network *network, Dataset *dataset, int stage) {
    Error error = { "" };
    const OptimiserOptions usual = optimiser_options();
    RuleTable rules = rule_table(&rule_adam);
    training->curvature = (real)network->options.curvature;
    training->points = rule_riemannian_adam(&training->curvature);
    rules.of[PARAMETER_BALL_POINT] = &training->points;
    network_set_stage(network, stage);
    training->graph = (TrainingGraph){ 0 };
    CHECK(stage == 1 ? training_graph_stage_1(&training->graph, network, BATCH, SIDE,
                                              (LossOptions){ 0 }, &error)
                     : training_graph_stage_3(&training->graph, network, BATCH, SIDE,
                                              (LossOptions){ 0 }, &error));
    CHECK(training_graph_feed(&training->graph, device_cpu(), &training->feed, &error));
    training->loader = open_loader(dataset, stage);
    training->optimiser = optimiser_create(network->parameters, &rules, &usual, &error);
    CHECK(training->optimiser != NULL);
}

static void training_end(Training *training) {
    feed_destroy(&training->feed);
    training_graph_destroy(&training->graph);
    loader_close(training->loader);
    optimiser_destroy(training->optimiser);
}

static void next_batch(Training *training) {
    const Batch *batch = loader_next(training->loader, NULL);
    CHECK(batch != NULL);
    training_graph_send(&training->feed, batch);
    feed_use(&training->feed);
    CHECK(training->graph.image->value.data == batch->images); /* nothing was copied */
    CHECK(training->graph.labels->value.data == batch->targets);
}

/* with_twins false: the reconstruction's part of the loss is taken out. */
static void take_steps(Training *training, int steps, bool with_twins) {
    for (int i = 0; i < steps; i++) {
        next_batch(training);
        if (!with_twins) tensor_zero(&training->graph.has_twin->value);
        CHECK(graph_forward(training->graph.graph, NULL));
        CHECK(graph_backward(training->graph.graph, NULL));
        CHECK(optimiser_step(training->optimiser, 1e-3, NULL));
    }
}

static void train(Network *network, Dataset *dataset, int stage, int steps, bool with_twins) {
    Training training;
    training_begin(&training, network, dataset, stage);
    take_steps(&training, steps, with_twins);
    training_end(&training);
}

static Network *new_network(Ard ard) {
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.1,
                                     .ard = ard,
                                     .classes = 4,
                                     .seed = 2 };
    return network_create(&options, device_cpu(), NULL);
}

/* Stages 1 and 2 of a run: a backbone that has seen metal, channels chosen and measured. */
static Network *prepared_network(Dataset *dataset, Ard ard) {
    Error error = { "" };
    Settings settings = settings_default();
    settings.size = SIDE;
    settings.batch = BATCH;
    settings.afss_batches = 8;
    Network *network = new_network(ard);
    train(network, dataset, 1, 20, true);
    if (select_channels(network, dataset, &settings, NULL, &error) != TRAINING_DONE)
        test_fail(__FILE__, __LINE__, "%s", error.text);
    return network;
}

/* ---- What the autoencoders see ---- */

/* Add the mean and the mean square of each channel over the rows of x, as a share of `batches`. */
static void add_moments(const Node *x, int batches, double *mean, double *square) {
    const int64_t rows = shape_rows(&x->shape), channels = shape_last(&x->shape);
    for (int64_t i = 0; i < rows * channels; i++) {
        const double value = (double)x->value.data[i], share = 1 / (double)(rows * batches);
        mean[i % channels] += share * value;
        square[i % channels] += share * value * value;
    }
}

/* On metal without defects every channel has a mean of 0 and a variance of 1, but for channels that
 * are nearly constant there, and for what differs between the batches of stage 2 and these. */
TEST(learning_autoencoders_see_standardised_features) {
    enum { BATCHES = 8, CHANNELS_MOST = 512 };
    Dataset *dataset = open_synth();
    Network *network = prepared_network(dataset, ARD_RANK);
    Graph *graph = graph_create(device_cpu(), false);
    Node *image = graph_input(graph, "image", shape_4(BATCH, SIDE, SIDE, 3));
    const Features features = network_features(graph, network, image);
    Node *reduced[MAX_LEVELS];
    for (int i = 0; i < features.levels; i++)
        graph_keep(reduced[i] = network_reduce(graph, network, &features, i));
    static double mean[MAX_LEVELS][CHANNELS_MOST], square[MAX_LEVELS][CHANNELS_MOST];
    Loader *loader = open_loader(dataset, 3);
    for (int batch = 0; batch < BATCHES; batch++) {
        const Batch *next = loader_next(loader, NULL);
        CHECK(next != NULL);
        tensor_upload(&image->value, next->twins);
        CHECK(graph_forward(graph, NULL));
        for (int i = 0; i < features.levels; i++)
            add_moments(reduced[i], BATCHES, mean[i], square[i]);
    }
    for (int i = 0; i < features.levels; i++) {
        const int channels = (int)shape_last(&reduced[i]->shape);
        double off = 0, variance = 0;
        for (int c = 0; c < channels; c++) {
            off += fabs(mean[i][c]) / channels;
            variance += (square[i][c] - mean[i][c] * mean[i][c]) / channels;
        }
        test_case("level %d: mean off by %.3f, variance %.3f", i + 1, off, variance);
        CHECK(off < 0.3 && variance > 0.5 && variance < 1.5);
    }
    loader_close(loader);
    graph_destroy(graph);
    network_destroy(network);
    dataset_free(dataset);
}

/* ---- Gradients ---- */

static bool has_prefix(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Whether a term depends on a parameter that its stage trains. A level is rebuilt by its own
 * autoencoder alone, and the discriminator stands behind the residuals, so a reconstruction's error
 * reaches nothing else. All other parameters of a stage lie on the way to the logits. */
static bool depends(const char *term, const char *parameter) {
    const char *level = strrchr(term, '_') + 1;
    if (!has_prefix(term, "reconstruction_")) return true;
    return has_prefix(parameter, parameter_name_index("autoencoder", atoi(level) - 1).text);
}

static bool is_zero(const Tensor *tensor) {
    for (int64_t i = 0; i < shape_elements(&tensor->shape); i++)
        if (tensor->data[i] != 0) return false;
    return true;
}

static void check_gradients_of_term(Network *network, Training *training, int index) {
    const LossTerm term = training->graph.terms[index];
    graph_set_loss(training->graph.graph, term.value);
    parameter_set_zero_gradients(network->parameters);
    CHECK(graph_forward(training->graph.graph, NULL) &&
          graph_backward(training->graph.graph, NULL));
    for (int p = 0; p < network->parameters->count; p++) {
        const Parameter *parameter = network->parameters->items[p];
        if (!parameter_is_trained(parameter)) continue;
        test_case("%s has %s gradient in %s", term.name,
                  depends(term.name, parameter->name) ? "a" : "no", parameter->name);
        CHECK(is_zero(&parameter->gradient) != depends(term.name, parameter->name));
    }
}

static void check_gradients(int stage) {
    Dataset *dataset = open_synth();
    Network *network = prepared_network(dataset, ARD_RANK);
    Training training;
    training_begin(&training, network, dataset, stage);
    take_steps(&training, 4, true); /* the discriminator's last layer begins at zero */
    const int terms = training.graph.term_count;
    CHECK(terms == (stage == 1 ? 2 : 6));
    training_end(&training);
    for (int i = 0; i < terms; i++) { /* a graph has one loss */
        training_begin(&training, network, dataset, stage);
        next_batch(&training);
        check_gradients_of_term(network, &training, i);
        training_end(&training);
    }
    network_destroy(network);
    dataset_free(dataset);
}

TEST(learning_gradients_of_every_term_stage_1) {
    check_gradients(1);
}

TEST(learning_gradients_of_every_term_stage_3) {
    check_gradients(3);
}

/* ---- Taking parts out ---- */

/* What the validation images say: the ratios of reconstruction.h on normal metal, and the AUROC. */
typedef struct Judged {
    double ratio[MAX_LEVELS], auroc;
} Judged;

static Judged judge(const Network *network, Dataset *dataset) {
    Error error = { "" };
    Judged judged = { .auroc = 0 };
    Reconstruction reconstruction;
    Metrics metrics = { 0 };
    ModelCard card = model_card_create(SIDE, dataset->classes, dataset->class_count);
    const EvaluationOptions options = { .part = PART_VAL,
                                        .batch = BATCH,
                                        .reconstruction = &reconstruction };
    CHECK(reconstruction_create(&reconstruction, network->options.architecture, &error));
    if (!evaluation_run(network, &card, dataset, &options, &metrics, NULL, &error))
        test_fail(__FILE__, __LINE__, "%s", error.text);
    judged.auroc = metrics_summary(&metrics).pixel_auroc;
    for (int i = 0; i < reconstruction.levels; i++)
        judged.ratio[i] = reconstruction_ratio(&reconstruction, i, CELL_NORMAL);
    reconstruction_free(&reconstruction);
    metrics_free(&metrics);
    model_card_free(&card);
    return judged;
}

TEST(learning_without_the_reconstruction_the_features_are_not_rebuilt) {
    Dataset *dataset = open_synth();
    Network *network = prepared_network(dataset, ARD_RANK);
    const Judged untrained = judge(network, dataset);
    train(network, dataset, 3, 60, true);
    const Judged with = judge(network, dataset);
    network_destroy(network);
    network = prepared_network(dataset, ARD_RANK);
    train(network, dataset, 3, 60, false);
    const Judged without = judge(network, dataset);
    network_destroy(network);
    for (int i = 0; i < 4; i++) {
        test_case("level %d: MSE / variance %.3f trained, %.3f without its loss, %.3f at first",
                  i + 1, with.ratio[i], without.ratio[i], untrained.ratio[i]);
        printf("   level %d: %.3f %.3f %.3f\n", i + 1, untrained.ratio[i], with.ratio[i],
               without.ratio[i]);
        CHECK(with.ratio[i] < 0.95 && without.ratio[i] > 1);
        CHECK(with.ratio[i] < 0.8 * without.ratio[i]);
    }
    dataset_free(dataset);
}

TEST(learning_without_residuals_the_answer_differs) {
    Dataset *dataset = open_synth();
    Judged judged[2];
    for (int zero = 0; zero < 2; zero++) {
        Network *network = prepared_network(dataset, zero ? ARD_ZERO : ARD_RANK);
        train(network, dataset, 3, 40, true);
        judged[zero] = judge(network, dataset);
        network_destroy(network);
    }
    CHECK(judged[0].auroc > 0 && judged[1].auroc > 0 && judged[0].auroc != judged[1].auroc);
    dataset_free(dataset);
}

/* ---- Losses that a recipe may add ---- */

/* The norm of the gradient of all parameters whose name starts with the prefix, after one forward
 * and backward of a batch. */
static double gradient_of(const Network *network, const char *prefix) {
    const ParameterSet *set = network->parameters;
    double sum = 0;
    for (int i = 0; i < set->count; i++) {
        const Parameter *parameter = set->items[i];
        const int64_t n = shape_elements(&parameter->value.shape);
        if (strncmp(parameter->name, prefix, strlen(prefix)) || !parameter_is_trained(parameter))
            continue;
        real *values = malloc((size_t)n * sizeof *values);
        tensor_download(&parameter->gradient, values);
        for (int64_t j = 0; j < n; j++) sum += (double)values[j] * (double)values[j];
        free(values);
    }
    return sqrt(sum);
}

/* The norm of the gradient in the head. */
static double head_gradient(Network *network, Dataset *dataset, int stage, LossOptions losses) {
    TrainingGraph graph = { 0 };
    Feed feed;
    Error error = { "" };
    Loader *loader = open_loader(dataset, stage);
    network_set_stage(network, stage);
    if (losses.auxiliary > 0) parameter_set_freeze(network->parameters, "head.", false);
    CHECK(stage == 1 ? training_graph_stage_1(&graph, network, BATCH, SIDE, losses, &error)
                     : training_graph_stage_3(&graph, network, BATCH, SIDE, losses, &error));
    CHECK(graph.term_count ==
          2 + (losses.lovasz > 0) + (losses.auxiliary > 0) + (stage == 3 ? 4 : 0));
    CHECK(training_graph_feed(&graph, device_cpu(), &feed, &error));
    training_graph_send(&feed, loader_next(loader, NULL));
    feed_use(&feed);
    parameter_set_zero_gradients(network->parameters);
    CHECK(graph_forward(graph.graph, NULL) && graph_backward(graph.graph, NULL));
    const double norm = gradient_of(network, "head.");
    feed_destroy(&feed);
    training_graph_destroy(&graph);
    loader_close(loader);
    return norm;
}

TEST(learning_lovasz_counts_when_it_has_a_weight) {
    Dataset *dataset = open_synth();
    Network *network = new_network(ARD_RANK);
    const double plain = head_gradient(network, dataset, 1, (LossOptions){ 0 });
    const double faint = head_gradient(network, dataset, 1, (LossOptions){ .lovasz = 1e-6 });
    const double loud = head_gradient(network, dataset, 1, (LossOptions){ .lovasz = 3 });
    CHECK(plain > 0 && fabs(faint - plain) < 1e-4 * plain && fabs(loud - plain) > 0.01 * plain);
    network_destroy(network);
    dataset_free(dataset);
}

TEST(learning_auxiliary_loss_trains_the_head_in_stage_3) {
    Dataset *dataset = open_synth();
    Network *network = prepared_network(dataset, ARD_RANK);
    const double without = head_gradient(network, dataset, 3, (LossOptions){ 0 });
    const double once = head_gradient(network, dataset, 3, (LossOptions){ .auxiliary = 1 });
    const double thrice = head_gradient(network, dataset, 3, (LossOptions){ .auxiliary = 3 });
    CHECK(without == 0 && once > 0 && thrice > 1.2 * once);
    network_destroy(network);
    dataset_free(dataset);
}

/* |u|, at most, of a network with random weights. */
static double longest_feature(const Network *network, Dataset *dataset) {
    Graph *graph = graph_create(device_cpu(), false);
    Loader *loader = open_loader(dataset, 1);
    Node *image = graph_input(graph, "image", shape_4(BATCH, SIDE, SIDE, 3));
    const Features features = network_features(graph, network, image);
    Node *u = head_tangents(graph, &network->head, &features);
    graph_keep(u);
    tensor_upload(&image->value, loader_next(loader, NULL)->images);
    CHECK(graph_forward(graph, NULL));
    const int64_t n = shape_last(&u->shape);
    double longest = 0;
    for (int64_t row = 0; row < shape_rows(&u->shape); row++) {
        double square = 0;
        for (int64_t i = 0; i < n; i++)
            square += (double)u->value.data[row * n + i] * (double)u->value.data[row * n + i];
        longest = fmax(longest, sqrt(square));
    }
    graph_destroy(graph);
    loader_close(loader);
    return longest;
}

TEST(learning_head_learns_curvature_and_temperature_and_clips) {
    Dataset *dataset = open_synth();
    NetworkOptions options = { .architecture = architecture_find("compact"),
                               .hyperbolic = true,
                               .curvature = 0.25,
                               .learn_curvature = true,
                               .temperature = true,
                               .classes = 4,
                               .seed = 2 };
    Network *network = network_create(&options, device_cpu(), NULL);
    const double longest = longest_feature(network, dataset);
    train(network, dataset, 1, 20, true);
    CHECK(network->head.hyperplanes.scale->gradient.data[0] != 0);
    CHECK(fabs(layer_hyperplane_curvature(&network->head.hyperplanes) - 0.25) > 1e-3);
    CHECK(fabs((double)network->head.temperature->value.data[0] - 1) > 1e-3);
    network_destroy(network);
    options.clip = 0.25 * longest; /* sqrt(c) r, so r = longest / 2 */
    network = network_create(&options, device_cpu(), NULL);
    CHECK(fabs(longest_feature(network, dataset) - 0.5 * longest) < 1e-3 * longest);
    network_destroy(network);
    dataset_free(dataset);
}

/* The form of ARD that leaves every channel in its place. */
TEST(learning_ard_mask_learns_what_its_channels_mean) {
    Dataset *dataset = open_synth();
    Network *network = prepared_network(dataset, ARD_MASK);
    const Tensor *enter = &network->discriminator.enter.weight->value;
    const int64_t n = shape_elements(&enter->shape);
    real *before = malloc((size_t)n * sizeof *before);
    tensor_download(enter, before);
    train(network, dataset, 3, 4, true);
    int64_t changed = 0;
    for (int64_t i = 0; i < n; i++) changed += enter->data[i] != before[i];
    CHECK(changed > n / 2);
    free(before);
    network_destroy(network);
    dataset_free(dataset);
}
