/* 13_hadnet.c - a small HADNet from image to loss, in its three stages.
 *
 *     ./build.sh run lessons/13_hadnet.c
 *
 * One level instead of four, 32x32 pixels, eight images of metal that the library draws. The page beside this
 * file follows the same order; hadnet/model/ is the network at its full size.
 */
#include "data/data.h"
#include "hyp/hyp.h"

#include <math.h>
#include <stdio.h>

enum {
    BATCH = 8,
    SIDE = 32,
    CLASSES = SYNTH_CLASSES,
    CELLS = SIDE / 4, /* of the features, in each direction */
    CHANNELS = 16,    /* of the backbone */
    D = 8,            /* of the ball */
    KEPT = 6,         /* channels that AFSS keeps: r */
    RANKED = 4,       /* residuals that ARD keeps: s */
    PIXELS = BATCH * SIDE * SIDE,
    ROWS = BATCH * CELLS * CELLS
};

static const real curvature = (real)0.01;

/* ---- Data: images G, their labels, and twins I without the defects ---- */

typedef struct Data {
    real defective[PIXELS * 3], normal[PIXELS * 3], labels[PIXELS];
} Data;

/* The twin has the mean of the image's normal pixels where G has a defect. */
static void make_twin(const real *image, const real *labels, real *twin) {
    double mean = 0, count = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        if (labels[i] == 0) mean += (double)image[3 * i], count++;
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        twin[i] = labels[i / 3] == 0 ? image[i] : (real)(mean / count);
}

static void make_data(Data *data) {
    for (int b = 0; b < BATCH; b++) {
        Image image, labels;
        synth_make(3, (uint64_t)b, SIDE, &image, &labels);
        real *values = data->defective + b * SIDE * SIDE * 3;
        real *classes = data->labels + b * SIDE * SIDE;
        for (int i = 0; i < SIDE * SIDE * 3; i++)
            values[i] = (real)(image.pixels[i] / 255.0 - 0.45) / (real)0.22;
        for (int i = 0; i < SIDE * SIDE; i++) classes[i] = labels.pixels[i];
        make_twin(values, classes, data->normal + b * SIDE * SIDE * 3);
        image_free(&image);
        image_free(&labels);
    }
}

/* ---- The network ---- */

typedef struct Network {
    ParameterSet *first, *second; /* of stage 1, and of stage 3 */
    Conv2dLayer stem[2], neck, encode, decode, discriminate;
    BatchNormLayer norm[2];
    HyperplaneLayer planes;
} Network;

static Network network_new(void) {
    const Conv2dOptions half = { .stride = 2, .padding = 1 }, same = { .padding = 1, .bias = true };
    Network n = { .first = parameter_set_create(device_cpu(), 1),
                  .second = parameter_set_create(device_cpu(), 2) };
    n.stem[0] = layer_conv2d_create(n.first, "stem.0", 3, CHANNELS, 3, half);
    n.norm[0] = layer_batch_norm_create(n.first, "norm.0", CHANNELS);
    n.stem[1] = layer_conv2d_create(n.first, "stem.1", CHANNELS, CHANNELS, 3, half);
    n.norm[1] = layer_batch_norm_create(n.first, "norm.1", CHANNELS);
    n.neck = layer_conv2d_create(n.first, "neck", CHANNELS, D, 1, (Conv2dOptions){ .bias = true });
    n.planes = layer_hyperplane_create(n.first, "planes", D, CLASSES, curvature);
    n.encode = layer_conv2d_create(n.second, "encode", KEPT, KEPT, 3, half);
    n.decode = layer_conv2d_create(n.second, "decode", KEPT, KEPT, 3, same);
    n.discriminate = layer_conv2d_create(n.second, "discriminate", RANKED + CLASSES, CLASSES, 1,
                                         (Conv2dOptions){ .bias = true });
    tensor_fill(&n.discriminate.weight->value, 0); /* it begins with the head's answer */
    return n;
}

static Node *features_of(Graph *graph, const Network *n, Node *x) {
    for (int i = 0; i < 2; i++)
        x = layer_batch_norm_apply_relu(graph, &n->norm[i],
                                        layer_conv2d_apply(graph, &n->stem[i], x));
    return x;
}

/* Cross-entropy and soft Dice of a logit for every pixel and class. */
static Node *segmentation_loss(Node *pixel_logits, Node *labels) {
    Node *losses = op_segmentation_loss(pixel_logits, labels, NULL, -1);
    return op_add(segmentation_loss_part(losses, LOSS_CROSS_ENTROPY),
                  segmentation_loss_part(losses, LOSS_SOFT_DICE));
}

static void print_shape(const char *text, const Node *node) {
    printf("%-34s %s\n", text, node ? shape_text(&node->shape).text : "none");
}

/* Steps of Adam, and of Riemannian Adam for points. The first and the last loss. */
static bool train(Graph *graph, ParameterSet *set, const Node *loss, int steps, double ends[2]) {
    Error error = { "" };
    const UpdateRule points = rule_riemannian_adam(&curvature);
    RuleTable rules = rule_table(&rule_adam);
    rules.of[PARAMETER_BALL_POINT] = &points;
    Optimiser *optimiser = optimiser_create(set, &rules, NULL, &error);
    bool good = optimiser != NULL;
    for (int step = 0; good && step < steps; step++) {
        real value;
        good = graph_forward(graph, &error) && graph_backward(graph, &error) &&
               optimiser_step(optimiser, 0.01, &error);
        tensor_download(&loss->value, &value);
        ends[step > 0] = (double)value;
    }
    if (!good) puts(error.text);
    optimiser_destroy(optimiser);
    return good;
}

/* ---- Stage 1: backbone and head ---- */

static bool stage_1(const Network *n, const Data *data) {
    double ends[2];
    Graph *graph = graph_create(device_cpu(), true);
    Node *image = graph_input(graph, "image", shape_4(BATCH, SIDE, SIDE, 3));
    Node *labels = graph_input(graph, "labels", shape_3(BATCH, SIDE, SIDE));
    Node *features = features_of(graph, n, image);
    Node *u = layer_conv2d_apply(graph, &n->neck, features);
    Node *x = op_exp_map_zero(u, curvature); /* to show its shape: the next op computes it, too */
    Node *logits = layer_hyperplane_logits(graph, &n->planes, u);
    Node *resized = op_resize_bilinear(logits, SIDE, SIDE);
    Node *loss = segmentation_loss(resized, labels);
    graph_set_loss(graph, loss);
    print_shape("image G", image);
    print_shape("phi(G), features", features);
    print_shape("u, tangent vectors", u);
    print_shape("x = exp_0(u), points", x);
    print_shape("HST logits, a plane a class", logits);
    print_shape("resized to the labels", resized);
    print_shape("loss", loss);
    tensor_upload(&image->value, data->defective);
    tensor_upload(&labels->value, data->labels);
    const bool good = train(graph, n->first, loss, 150, ends);
    graph_destroy(graph);
    printf("stage 1: the loss falls to less than half: %s\n\n",
           ends[1] < ends[0] / 2 ? "yes" : "no");
    return good && ends[1] < ends[0] / 2;
}

/* ---- Stage 2: AFSS ---- */

/* (x - min) / (max - min + 1e-4), over `count` numbers that are `step` apart. */
static void min_max(double *x, int count, int step) {
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < count; i++) {
        low = fmin(low, x[i * step]);
        high = fmax(high, x[i * step]);
    }
    for (int i = 0; i < count; i++) x[i * step] = (x[i * step] - low) / (high - low + 1e-4);
}

/* L of every channel: mean (M - T)^2, M the normalised squared change between G and I, and T the
 * normalised margin of the defects' distances over the background's. */
static void afss_losses(const real *defective, const real *normal, const real *distances,
                        double *losses) {
    static double m[ROWS * CHANNELS], t[ROWS];
    for (int i = 0; i < ROWS; i++) {
        const real *d = distances + i * CLASSES;
        t[i] = -INFINITY;
        for (int k = 1; k < CLASSES; k++) t[i] = fmax(t[i], (double)(d[k] - d[0]));
    }
    min_max(t, ROWS, 1);
    for (int i = 0; i < ROWS * CHANNELS; i++) m[i] = pow((double)(defective[i] - normal[i]), 2);
    for (int c = 0; c < CHANNELS; c++) {
        losses[c] = 0;
        min_max(m + c, ROWS, CHANNELS);
        for (int i = 0; i < ROWS; i++) losses[c] += pow(m[i * CHANNELS + c] - t[i], 2) / ROWS;
    }
}

/* The KEPT channels with the smallest losses, ascending by number. */
static void select_channels(const double *losses, real *kept) {
    int count = 0;
    for (int c = 0; c < CHANNELS; c++) {
        int better = 0;
        for (int o = 0; o < CHANNELS; o++)
            better += losses[o] < losses[c] || (losses[o] == losses[c] && o < c);
        if (better < KEPT) kept[count++] = (real)c;
    }
}

/* The class with the largest logit of a row. */
static int class_of(const real *logits) {
    int best = 0;
    for (int k = 1; k < CLASSES; k++)
        if (logits[k] > logits[best]) best = k;
    return best;
}

/* agreeing: how many cells have the class that the head would give without curvature. */
static bool stage_2(const Network *n, const Data *data, real *normal_features, real *kept,
                    int *agreeing) {
    static real features[ROWS * CHANNELS], distances[ROWS * CLASSES];
    static real logits[ROWS * CLASSES], flat[ROWS * CLASSES];
    double losses[CHANNELS];
    Error error = { "" };
    Graph *graph = graph_create(device_cpu(), false);
    Node *image = graph_input(graph, "image", shape_4(BATCH, SIDE, SIDE, 3));
    Node *phi = features_of(graph, n, image);
    Node *u = layer_conv2d_apply(graph, &n->neck, phi);
    Node *d = layer_hyperplane_distances(graph, &n->planes, u);
    Node *curved = layer_hyperplane_logits(graph, &n->planes, u);
    Node *euclidean = layer_hyperplane_euclidean_logits(graph, &n->planes, u);
    graph_keep(curved);
    graph_keep(euclidean);
    graph_keep(phi);
    graph_keep(d);
    tensor_upload(&image->value, data->normal);
    bool good = graph_forward(graph, &error);
    if (good) tensor_download(&phi->value, normal_features);
    tensor_upload(&image->value, data->defective);
    good = good && graph_forward(graph, &error);
    if (good) {
        tensor_download(&phi->value, features);
        tensor_download(&d->value, distances);
        afss_losses(features, normal_features, distances, losses);
        select_channels(losses, kept);
        tensor_download(&curved->value, logits);
        tensor_download(&euclidean->value, flat);
        for (int i = 0; i < ROWS; i++)
            *agreeing += class_of(logits + i * CLASSES) == class_of(flat + i * CLASSES);
    }
    print_shape("distances d_k", d);
    printf("stage 2: AFSS keeps %d of %d channels\n\n", KEPT, CHANNELS);
    graph_destroy(graph);
    return good;
}

/* ---- Stage 3: autoencoder, ARD and discriminator ---- */

/* The RANKED / 2 channels of each sample with the largest maximum, and as many with the largest mean. */
static Node *ard(Node *gamma) {
    Node *most = op_channel_gather_per_sample(
        gamma, op_top_k_channels(op_global_max_pool(gamma), RANKED / 2));
    Node *mean = op_channel_gather_per_sample(
        gamma, op_top_k_channels(op_global_average_pool(gamma), RANKED / 2));
    return op_concat((Node *const[]){ most, mean }, 2);
}

static bool stage_3(const Network *n, const Data *data, const real *normal_features,
                    const real *kept) {
    double ends[2];
    parameter_set_freeze(n->first, "", true);
    Graph *graph = graph_create(device_cpu(), true);
    Node *image = graph_input(graph, "image", shape_4(BATCH, SIDE, SIDE, 3));
    Node *labels = graph_input(graph, "labels", shape_3(BATCH, SIDE, SIDE));
    Node *normal = graph_input(graph, "normal", shape_4(BATCH, CELLS, CELLS, CHANNELS));
    Node *indices = graph_constant(graph, "kept", shape_1(KEPT), kept);
    Node *features = features_of(graph, n, image);
    Node *hst =
        layer_hyperplane_logits(graph, &n->planes, layer_conv2d_apply(graph, &n->neck, features));
    Node *reduced = op_channel_gather(features, indices),
         *target = op_channel_gather(normal, indices);
    Node *code = op_relu(layer_conv2d_apply(graph, &n->encode, reduced));
    Node *rebuilt = layer_conv2d_apply(graph, &n->decode, op_resize_bilinear(code, CELLS, CELLS));
    Node *gamma = op_log1p_squared_difference(reduced, rebuilt), *lambda = ard(gamma);
    Node *joined = op_concat((Node *const[]){ lambda, hst }, 2);
    Node *logits = op_add(hst, layer_conv2d_apply(graph, &n->discriminate, joined));
    Node *resized = op_resize_bilinear(logits, SIDE, SIDE);
    Node *loss = op_add(segmentation_loss(resized, labels), op_mean_squared_error(rebuilt, target));
    graph_set_loss(graph, loss);
    print_shape("kept channels of phi(G)", reduced);
    print_shape("code of the autoencoder", code);
    print_shape("Phi, rebuilt as in phi(I)", rebuilt);
    print_shape("gamma, residuals", gamma);
    print_shape("Lambda, what ARD keeps", lambda);
    print_shape("Lambda and HST logits", joined);
    print_shape("logits of the discriminator", logits);
    print_shape("resized to the labels", resized);
    tensor_upload(&image->value, data->defective);
    tensor_upload(&labels->value, data->labels);
    tensor_upload(&normal->value, normal_features);
    const bool good = train(graph, n->second, loss, 150, ends);
    graph_destroy(graph);
    printf("stage 3: its loss falls: %s\n", ends[1] < ends[0] ? "yes" : "no");
    return good && ends[1] < ends[0];
}

/* ---- Answers to the exercises ---- */

static bool answer_parameters(const Network *n, int64_t first) {
    const int64_t second = parameter_set_elements(n->second);
    printf("1. stage 1 trains %d numbers, stage 3 %d\n", (int)first, (int)second);
    return first == 3000 && second == 690;
}

static bool answer_curvature(int agreeing) {
    const bool most = agreeing > 0.9 * ROWS;
    printf("2. more than 9 of 10 cells have the class that no curvature would give: %s\n",
           most ? "yes" : "no");
    return most;
}

int main(void) {
    static Data data;
    static real normal_features[ROWS * CHANNELS];
    real kept[KEPT];
    int agreeing = 0;
    make_data(&data);
    const Network n = network_new();
    const int64_t first = parameter_set_elements(n.first);
    bool good = stage_1(&n, &data) && stage_2(&n, &data, normal_features, kept, &agreeing);
    good = good && stage_3(&n, &data, normal_features, kept);
    printf("\nanswers\n");
    good = answer_parameters(&n, first) && answer_curvature(agreeing) && good;
    parameter_set_destroy(n.first);
    parameter_set_destroy(n.second);
    return good ? 0 : 1;
}
