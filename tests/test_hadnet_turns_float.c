/* Answers averaged over an image's symmetries are equivariant; one turn changes nothing. */
#include "hadnet/model/predictor.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, BATCH = 2, PIXELS = SIDE * SIDE };

static Network *network_for_turns(void) {
    const NetworkOptions options = { .architecture = architecture_find("compact"),
                                     .hyperbolic = true,
                                     .curvature = 0.1,
                                     .ard = ARD_RANK,
                                     .classes = 3,
                                     .seed = 5 };
    return network_create(&options, device_cpu(), NULL);
}

static void scores_of(const Network *network, int turns, const real *images, float *scores) {
    Predictor predictor;
    Error error = { "" };
    CHECK(predictor_create(&predictor, network, true, BATCH, SIDE, SIDE, SIDE, &error));
    if (turns > 1) CHECK(predictor_set_turns(&predictor, turns, &error));
    CHECK(predictor_run(&predictor, images, &error));
    memcpy(scores, predictor.scores, BATCH * PIXELS * sizeof *scores);
    predictor_free(&predictor);
}

/* Symmetries as predictor.h counts them: 1 mirrors columns, 2 rows, 4 exchanges the two. */
static int place(int symmetry, int y, int x) {
    const int row = symmetry & 4 ? x : y, column = symmetry & 4 ? y : x;
    return (symmetry & 2 ? SIDE - 1 - row : row) * SIDE +
           (symmetry & 1 ? SIDE - 1 - column : column);
}

static void turn(int symmetry, const real *images, real *turned) {
    for (int b = 0; b < BATCH; b++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                memcpy(turned + (b * PIXELS + y * SIDE + x) * 3,
                       images + (b * PIXELS + place(symmetry, y, x)) * 3, 3 * sizeof *turned);
}

/* The largest difference of scores between an image and its turned self, brought back. */
static double off(const Network *network, int turns, int symmetry, const real *images) {
    static float straight[BATCH * PIXELS], other[BATCH * PIXELS];
    static real turned[BATCH * PIXELS * 3];
    double worst = 0;
    turn(symmetry, images, turned);
    scores_of(network, turns, images, straight);
    scores_of(network, turns, turned, other);
    for (int b = 0; b < BATCH; b++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                const float there = straight[b * PIXELS + place(symmetry, y, x)];
                worst = fmax(worst, fabs((double)(other[b * PIXELS + y * SIDE + x] - there)));
            }
    return worst;
}

TEST(turns_make_answers_turn_with_the_image) {
    static real images[BATCH * PIXELS * 3];
    Network *network = network_for_turns();
    for (int i = 0; i < BATCH * PIXELS * 3; i++) images[i] = (real)sin(i * 0.37 + i / 96 * 0.11);
    CHECK(off(network, 1, 1, images) > 1e-4); /* or this test would see nothing */
    for (int symmetry = 1; symmetry < 8; symmetry++) {
        test_case("symmetry %d", symmetry);
        CHECK(off(network, 8, symmetry, images) < 1e-5);
    }
    CHECK(off(network, 2, 1, images) < 1e-5 && off(network, 2, 2, images) > 1e-4);
    CHECK(off(network, 4, 2, images) < 1e-5 && off(network, 4, 3, images) < 1e-5);
    CHECK(off(network, 4, 4, images) > 1e-4);
    network_destroy(network);
}
