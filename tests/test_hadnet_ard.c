/* test_hadnet_ard.c - which residual channels reach the discriminator (eq. 11-13).
 *
 * By the definition: of scores on a batch-normalised copy, the s/2 channels with the largest
 * maximum over the pixels and the s/2 with the largest mean. A channel that is kept changes the
 * logits when it changes; the others do not.
 */
#include "autograd/ops.h"
#include "hadnet/model/discriminator.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 3, PIXELS = SIDE * SIDE, CLASSES = 3, CHANNELS = 40, KEPT = 8 };

static const Architecture small = { .name = "small",
                                    .levels = 1,
                                    .channels = { CHANNELS },
                                    .kept = { CHANNELS },
                                    .width = { 4 },
                                    .halvings = { 1 },
                                    .feature = 4,
                                    .ard_channels = KEPT,
                                    .discriminator = 8 };

typedef struct Case {
    real residual[PIXELS * CHANNELS], mean[CHANNELS], variance[CHANNELS];
} Case;

/* Raw values grow with the channel number, and so do the statistics that normalise them: the raw
 * ranking is not the normalised one. Some channels have a peak in one pixel, others are high
 * everywhere. */
static void make_case(Case *made, uint64_t seed) {
    Random random = random_stream(seed, 1, 2, 3);
    for (int c = 0; c < CHANNELS; c++) {
        const double size = 1 + c, level = random_between(&random, -1, 1);
        const double peak = random_between(&random, 1, 9);
        made->mean[c] = (real)(size * random_between(&random, -0.5, 0.5));
        made->variance[c] = (real)(size * size * random_between(&random, 0.5, 2));
        for (int i = 0; i < PIXELS; i++) {
            const double value = level + 0.1 * random_normal(&random);
            made->residual[i * CHANNELS + c] =
                (real)(size * (i == c % PIXELS ? value + peak : value));
        }
    }
}

/* Mark the KEPT / 2 channels with the largest scores. */
static void mark_largest(const double scores[CHANNELS], bool kept[CHANNELS]) {
    for (int c = 0; c < CHANNELS; c++) {
        int before = 0;
        for (int other = 0; other < CHANNELS; other++)
            before += scores[other] > scores[c] || (scores[other] == scores[c] && other < c);
        kept[c] |= before < KEPT / 2;
    }
}

static void kept_by_definition(const Case *given, bool kept[CHANNELS]) {
    double largest[CHANNELS], mean[CHANNELS] = { 0 };
    for (int c = 0; c < CHANNELS; c++) {
        largest[c] = -1e300;
        for (int i = 0; i < PIXELS; i++) {
            const double score =
                ((double)given->residual[i * CHANNELS + c] - (double)given->mean[c]) /
                sqrt((double)given->variance[c] + 1e-5);
            largest[c] = fmax(largest[c], score);
            mean[c] += score / PIXELS;
        }
        kept[c] = false;
    }
    mark_largest(largest, kept);
    mark_largest(mean, kept);
}

static void fill_randomly(Parameter *parameter) {
    const int64_t n = shape_elements(&parameter->value.shape);
    real values[n];
    Random random = random_stream(parameter_name_hash(parameter->name), 0, 0, 0);
    for (int64_t i = 0; i < n; i++) values[i] = (real)random_between(&random, 0.5, 1);
    tensor_upload(&parameter->value, values);
}

/* A discriminator, and a graph from residuals to its logits. */
typedef struct Setup {
    ParameterSet *set;
    Discriminator discriminator;
    Graph *graph;
    Node *residual, *logits;
} Setup;

static Setup setup_new(void) {
    Setup setup = { .set = parameter_set_create(device_cpu(), 1),
                    .graph = graph_create(device_cpu(), false) };
    setup.discriminator =
        discriminator_create(setup.set, "discriminator", &small, CLASSES, ARD_RANK);
    fill_randomly(setup.discriminator.classify.weight); /* it begins at zero */
    setup.residual = graph_input(setup.graph, "residual", shape_4(1, SIDE, SIDE, CHANNELS));
    Node *head = graph_input(setup.graph, "head", shape_4(1, SIDE, SIDE, CLASSES));
    tensor_zero(&head->value);
    setup.logits = discriminator_apply(setup.graph, &setup.discriminator, setup.residual, head);
    graph_keep(setup.logits);
    return setup;
}

static void run(const Setup *setup, const real *values, real answer[PIXELS * CLASSES]) {
    tensor_upload(&setup->residual->value, values);
    CHECK(graph_forward(setup->graph, NULL));
    tensor_download(&setup->logits->value, answer);
}

static void setup_free(Setup *setup) {
    graph_destroy(setup->graph);
    parameter_set_destroy(setup->set);
}

TEST(ard_keeps_the_channels_of_the_definition) {
    Setup setup = setup_new();
    for (uint64_t seed = 0; seed < 4; seed++) {
        static Case given;
        real before[PIXELS * CLASSES], after[PIXELS * CLASSES];
        bool kept[CHANNELS];
        make_case(&given, seed);
        kept_by_definition(&given, kept);
        tensor_upload(&setup.discriminator.score_mean->value, given.mean);
        tensor_upload(&setup.discriminator.score_variance->value, given.variance);
        run(&setup, given.residual, before);
        for (int c = 0; c < CHANNELS; c++) {
            test_case("ard case %d: channel %d is %s", (int)seed, c, kept[c] ? "kept" : "left out");
            /* Lower the lowest pixel: the maximum and the order of means stay. */
            real *pixel = &given.residual[(c + 1) % PIXELS * CHANNELS + c], value = *pixel;
            *pixel -= (real)1e-4 * (real)(1 + c);
            run(&setup, given.residual, after);
            *pixel = value;
            CHECK((memcmp(before, after, sizeof before) != 0) == kept[c]);
        }
    }
    setup_free(&setup);
}

/* Normalisation decides which channels are gathered, not what is gathered. */
TEST(ard_gathers_the_values_as_they_are) {
    static Case given;
    real answers[2][PIXELS * CLASSES];
    Setup setup = setup_new();
    make_case(&given, 9);
    tensor_zero(&setup.discriminator.score_mean->value);
    for (int i = 0; i < 2; i++) {
        tensor_fill(&setup.discriminator.score_variance->value, i == 0 ? 1 : 16);
        run(&setup, given.residual, answers[i]);
    }
    CHECK(memcmp(answers[0], answers[1], sizeof answers[0]) == 0);
    setup_free(&setup);
}
