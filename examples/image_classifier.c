/* image_classifier.c - a convolutional network that distinguishes discs from rings. It is trained,
 * saved, loaded from its file, and gives the same answers. */
#include "data/data.h"
#include "nn/nn.h"
#include <stdio.h>
#include <string.h>

enum { SIZE = 32, VALUES = 3 * SIZE * SIZE, TRAIN = 1024, TEST = 256, BATCH = 32, STEPS = 320 };
enum { DISC, RING, KINDS };
static real images[TRAIN + TEST][VALUES], kinds[TRAIN + TEST], answers[2][TEST][KINDS];

static void draw(int index, int kind) {
    Image metal, labels;
    Random random = random_stream(1, (uint64_t)index, 0, 0);
    const int left = 6 + (int)random_below(&random, 20), top = 6 + (int)random_below(&random, 20);
    synth_make(1, (uint64_t)index, SIZE, &metal, &labels);
    for (int i = 0; i < VALUES; i++) {
        const int x = i / 3 % SIZE - left, y = i / 3 / SIZE - top, square = x * x + y * y;
        const bool mark = square < 36 && (kind == DISC || square > 12);
        images[index][i] = (real)metal.pixels[i] / 255 + (mark ? (real)0.2 : 0);
    }
    kinds[index] = (real)kind;
    image_free(&metal), image_free(&labels);
}

static Conv2dLayer conv1, conv2;
static BatchNormLayer norm1, norm2;
static LinearLayer last;

static Node *classify(Graph *graph, Node *x) { /* [B,SIZE,SIZE,3] -> logits [B,KINDS] */
    x = layer_batch_norm_apply_relu(graph, &norm1, layer_conv2d_apply(graph, &conv1, x));
    x = layer_batch_norm_apply_relu(graph, &norm2, layer_conv2d_apply(graph, &conv2, x));
    return layer_linear_apply(graph, &last, op_global_max_pool(x));
}

int main(void) {
    const char *path = "image_classifier.safetensors";
    Error error = { "" };
    for (int i = 0; i < TRAIN + TEST; i++) draw(i, i % KINDS);
    ParameterSet *set = parameter_set_create(device_cpu(), 1);
    const Conv2dOptions halve = { .stride = 2, .padding = 1 };
    conv1 = layer_conv2d_create(set, "conv1", 3, 16, 3, halve);
    norm1 = layer_batch_norm_create(set, "norm1", 16);
    conv2 = layer_conv2d_create(set, "conv2", 16, 32, 3, halve);
    norm2 = layer_batch_norm_create(set, "norm2", 32);
    last = layer_linear_create(set, "last", 32, KINDS, true);
    Graph *graph = graph_create(device_cpu(), true);
    Node *x = graph_input(graph, "x", shape_4(BATCH, SIZE, SIZE, 3));
    Node *y = graph_input(graph, "y", shape_1(BATCH));
    graph_set_loss(graph, op_softmax_cross_entropy(classify(graph, x), y, NULL, -1));
    const RuleTable adam = rule_table(&rule_adam);
    Optimiser *optimiser = optimiser_create(set, &adam, NULL, &error);
    if (!optimiser) return puts(error.text), 1;
    for (int step = 0; step < STEPS; step++) {
        tensor_upload(&x->value, images[step * BATCH % TRAIN]);
        tensor_upload(&y->value, &kinds[step * BATCH % TRAIN]);
        if (!graph_forward(graph, &error) || !graph_backward(graph, &error) ||
            !optimiser_step(optimiser, schedule_cosine(0.01, 0, STEPS, step), &error))
            return puts(error.text), 1;
    }
    Graph *exam = graph_create(device_cpu(), false); /* its batch norms use running statistics */
    x = graph_constant(exam, "x", shape_4(TEST, SIZE, SIZE, 3), images[TRAIN]);
    Node *logits = classify(exam, x);
    graph_keep(logits);
    for (int i = 0; i < 2; i++) { /* as learnt, and as read from the file */
        const bool ready = i == 0 ? weights_save(set, path, NULL, &error)
                                  : weights_load(set, path, NULL, NULL, NULL, &error);
        if (!ready || !graph_forward(exam, &error)) return puts(error.text), 1;
        tensor_download(&logits->value, *answers[i]);
        for (int k = 0; k < set->count; k++) tensor_zero(&set->items[k]->value);
    }
    int right = 0;
    for (int i = 0; i < TEST; i++)
        right += (answers[0][i][RING] > answers[0][i][DISC]) == (kinds[TRAIN + i] == RING);
    const bool same = !memcmp(answers[0], answers[1], sizeof answers[0]);
    printf("%.1f%% right, %s answers\n", 100.0 * right / TEST, same ? "the same" : "other");
    optimiser_destroy(optimiser), parameter_set_destroy(set);
    graph_destroy(graph), graph_destroy(exam);
    return same && right > 0.95 * TEST ? 0 : 1;
}
