/* test_hadnet_defects_float.c - the defects that are kept, and their means, on features set by hand. */
#include "hadnet/reports/defect_tree.h"
#include "hadnet/training/defects.h"
#include "hyp/ball.h"
#include "tensor/memory.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, CELLS = SIDE * SIDE, FEATURES = 64 };

/* Label 1: a diagonal of three cells and, apart, a single one. Label 2: two cells. One pixel a cell. */
static const uint8_t labels[CELLS] = {
    1, 0, 0, 0, 0, 0,   0, 0, /**/
    0, 1, 0, 0, 0, 0,   2, 2, /**/
    0, 0, 1, 0, 0, 0,   0, 0, /**/
    0, 0, 0, 0, 0, 0,   0, 0, /**/
    0, 0, 0, 0, 0, 255, 0, 0, /**/
    1, 0, 0, 0, 0, 0,   0, 0, /**/
    0, 0, 0, 0, 0, 0,   0, 0, /**/
    0, 0, 0, 0, 0, 0,   0, 0, /**/
};

typedef struct Scene {
    Network network; /* of its options alone */
    Graph *graph;
    Node *u;
    real *features, image[CELLS * 3];
    Defects *defects;
} Scene;

static Scene scene_new(bool hyperbolic) {
    Scene scene = { .features = memory_new(CELLS * FEATURES, sizeof(real)),
                    .defects = memory_new(1, sizeof(Defects)) };
    scene.network.options.classes = 3;
    scene.network.options.hyperbolic = hyperbolic;
    scene.network.options.curvature = 0.25;
    scene.graph = graph_create(device_cpu(), false);
    scene.u = graph_input(scene.graph, "u", shape_4(1, SIDE, SIDE, FEATURES));
    defects_begin(scene.defects, &scene.network, scene.u);
    return scene;
}

static void scene_free(Scene *scene) {
    defects_free(scene->defects);
    free(scene->defects);
    free(scene->features);
    graph_destroy(scene->graph);
}

static bool add(Scene *scene) {
    const Normalisation normalisation = normalisation_default();
    Error error;
    tensor_upload(&scene->u->value, scene->features);
    return defects_add(scene->defects, 0, scene->image, &normalisation, labels, SIDE, &error);
}

/* The largest region of each class: three cells that touch at corners, and two. */
TEST(defects_are_the_largest_regions) {
    Scene scene = scene_new(true);
    const Defect *list[3 * DEFECTS_PER_CLASS];
    const int cells[] = { 0, SIDE + 1, 2 * SIDE + 2 };
    for (int k = 0; k < 3; k++) scene.features[cells[k] * FEATURES] = (real)(k + 1);
    CHECK(add(&scene));
    CHECK(defects_list(scene.defects, list) == 2);
    CHECK(list[0]->label == 1 && list[0]->cells == 3);
    CHECK(list[1]->label == 2 && list[1]->cells == 2);
    CHECK_NEAR((double)list[0]->plane[0], 2, 1e-6);
    /* On a line through the origin the ball is a line of length 2 u: the mean is exp_0 of the mean. */
    CHECK_NEAR((double)list[0]->ball[0], tanh(0.5 * 2) / 0.5, 1e-5);
    CHECK_NEAR((double)list[0]->ball[1], 0, 1e-6);
    CHECK(list[0]->picture.width == DEFECT_SIDE && list[0]->picture.height == DEFECT_SIDE);
    scene_free(&scene);
}

/* An evaluation destroys its graph before the tree is built. */
TEST(defects_outlive_the_graph_that_gave_them) {
    Scene scene = scene_new(true);
    DefectTree tree;
    Error error = { "" };
    scene.features[(SIDE + 6) * FEATURES] = 3; /* of label 2 */
    CHECK(add(&scene) && add(&scene));
    graph_destroy(scene.graph);
    scene.graph = NULL;
    CHECK(defect_tree_build(scene.defects, &tree, &error) && tree.count == 4);
    CHECK(tree.ball == 1 && tree.plane == 1);
    defect_tree_free(&tree);
    scene_free(&scene);
}

TEST(defects_of_a_network_without_a_ball_have_the_plane_alone) {
    Scene scene = scene_new(false);
    const Defect *list[3 * DEFECTS_PER_CLASS];
    CHECK(add(&scene));
    CHECK(defects_list(scene.defects, list) == 2 && !list[0]->ball && list[0]->plane);
    CHECK(scene.defects->curvature == 0);
    scene_free(&scene);
}

/* Every one of a hundred images is as likely to be kept: over the kept ones their mean number is near
 * 50, with a deviation of 100/sqrt(12)/sqrt(20) = 6.5. */
TEST(defects_are_a_sample_of_all) {
    Scene scene = scene_new(true);
    const Defect *list[3 * DEFECTS_PER_CLASS];
    for (int image = 0; image < 100; image++) {
        for (int cell = 0; cell < CELLS; cell++) scene.features[cell * FEATURES] = (real)image / 50;
        CHECK(add(&scene));
    }
    CHECK(defects_list(scene.defects, list) == 2 * DEFECTS_PER_CLASS);
    double mean = 0;
    for (int i = 0; i < DEFECTS_PER_CLASS; i++)
        mean += 50 * (double)list[i]->plane[0] / DEFECTS_PER_CLASS;
    CHECK(mean > 30 && mean < 70);
    scene_free(&scene);
}
