/* defect_tree.c - builds the tree of defects and measures its purity. */
#include "hadnet/reports/defect_tree.h"

#include "hyp/ball.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

static double distance_of(const DefectTree *tree, int i, int j, int64_t n, double curvature) {
    const Defect *a = tree->defects[i], *b = tree->defects[j];
    return curvature > 0 ? (double)ball_distance(a->ball, b->ball, n, (real)curvature)
                         : (double)row_sum_norm(a->plane, -1, b->plane, n);
}

/* By Poincare distance; curvature 0: by that of the plane. false: a distance is not finite. */
static bool cluster(const DefectTree *tree, int64_t n, double curvature, ClusterTree *clusters) {
    double *distances = memory_new((size_t)tree->count * (size_t)tree->count, sizeof *distances);
    bool finite = true;
    for (int i = 0; i < tree->count; i++)
        for (int j = 0; j < i; j++) {
            const double distance = distance_of(tree, i, j, n, curvature);
            distances[i * tree->count + j] = distances[j * tree->count + i] = distance;
            finite = finite && isfinite(distance);
        }
    if (finite) *clusters = cluster_tree_build(distances, tree->count);
    free(distances);
    return finite;
}

static bool measure(DefectTree *tree, int64_t n, double curvature, int classes) {
    int *labels = memory_new((size_t)tree->count, sizeof *labels);
    ClusterTree plane = { 0 };
    for (int i = 0; i < tree->count; i++) labels[i] = tree->defects[i]->label;
    const bool finite =
        cluster(tree, n, 0, &plane) && (curvature == 0 || cluster(tree, n, curvature, &tree->tree));
    if (finite) {
        tree->plane = cluster_tree_purity(&plane, labels, classes);
        tree->ball = curvature > 0 ? cluster_tree_purity(&tree->tree, labels, classes) : NAN;
        tree->chance = cluster_tree_chance(labels, tree->count, classes);
    }
    free(labels);
    if (finite && curvature == 0)
        tree->tree = plane;
    else
        cluster_tree_free(&plane);
    return finite;
}

bool defect_tree_build(const Defects *defects, DefectTree *tree, Error *error) {
    const int64_t n = defects->dimension;
    *tree = (DefectTree){ .defects = memory_new((size_t)CLASSES_MAX * DEFECTS_PER_CLASS,
                                                sizeof *tree->defects) };
    tree->count = defects_list(defects, tree->defects);
    if (tree->count < 2)
        return error_set(error, "a tree needs 2 defects or more, the images have %d", tree->count);
    return measure(tree, n, defects->curvature, defects->network->options.classes) ||
           error_set(error, "a tree needs finite features, those of a defect are not");
}

void defect_tree_free(DefectTree *tree) {
    cluster_tree_free(&tree->tree);
    free(tree->defects);
    *tree = (DefectTree){ 0 };
}

void defect_tree_print(FILE *stream, const DefectTree *tree) {
    fprintf(stream, "\ntree of %d defects  ", tree->count);
    if (!isnan(tree->ball)) fprintf(stream, "purity %.3f by Poincare distance, ", tree->ball);
    fprintf(stream, "%s%.3f by the distance of u, %.3f without a tree\n",
            isnan(tree->ball) ? "purity " : "", tree->plane, tree->chance);
}
