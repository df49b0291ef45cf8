/* test_hadnet_cluster_tree_float.c - average linkage and purity, by hand and by brute force. */
#include "hadnet/reports/cluster_tree.h"
#include "tensor/memory.h"
#include "tensor/random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Distances of places on a line. The caller frees. */
static double *line_distances(const double *places, int count) {
    double *distances = memory_new((size_t)(count * count), sizeof *distances);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) distances[i * count + j] = fabs(places[i] - places[j]);
    return distances;
}

static ClusterTree tree_of(const double *places, int count) {
    double *distances = line_distances(places, count);
    const ClusterTree tree = cluster_tree_build(distances, count);
    free(distances);
    return tree;
}

/* 0 and 1 join at 1; 10 and 12 at 2; 5 and {0,1} at (5 + 4)/2; the rest at the mean of six. */
TEST(cluster_tree_joins_the_closest_on_average) {
    const double places[] = { 0, 10, 1, 12, 5 };
    ClusterTree tree = tree_of(places, 5);
    const ClusterMerge expected[] = {
        { 0, 2, 1 }, { 1, 3, 2 }, { 5, 4, 4.5 }, { 7, 6, (10 + 12 + 9 + 11 + 5 + 7) / 6.0 }
    };
    for (int m = 0; m < 4; m++) {
        CHECK(tree.merges[m].left == expected[m].left);
        CHECK(tree.merges[m].right == expected[m].right);
        CHECK_NEAR(tree.merges[m].height, expected[m].height, 1e-12);
    }
    int order[5];
    cluster_tree_order(&tree, order);
    const int by_place[] = { 0, 2, 4, 1, 3 };
    CHECK(!memcmp(order, by_place, sizeof order));
    cluster_tree_free(&tree);
}

TEST(cluster_tree_of_one_and_of_equal_things) {
    const double places[] = { 3, 3, 3 };
    ClusterTree one = tree_of(places, 1), equal = tree_of(places, 3);
    int order[3] = { 7, 7, 7 };
    cluster_tree_order(&one, order);
    CHECK(one.leaves == 1 && order[0] == 0);
    cluster_tree_order(&equal, order);
    CHECK(order[0] == 0 && order[1] == 1 && order[2] == 2);
    CHECK(equal.merges[1].height == 0);
    cluster_tree_free(&one);
    cluster_tree_free(&equal);
}

/* Pairs of a: (0,1) alone, 1. Pairs of b: (10,12), 1; each of them with 5 meets in all five, 3/5. */
TEST(cluster_tree_purity_by_hand) {
    const double places[] = { 0, 10, 1, 12, 5 };
    const int labels[] = { 0, 1, 0, 1, 1 }, unlike[] = { 0, 1, 2, 3, 4 },
              alike[] = { 2, 2, 2, 2, 2 };
    ClusterTree tree = tree_of(places, 5);
    CHECK_NEAR(cluster_tree_purity(&tree, labels, 2), (1 + 1 + 0.6 + 0.6) / 4, 1e-12);
    CHECK_NEAR(cluster_tree_chance(labels, 5, 2), (0.4 + 3 * 0.6) / 4, 1e-12);
    CHECK(isnan(cluster_tree_purity(&tree, unlike, 5)));
    CHECK(isnan(cluster_tree_chance(unlike, 5, 5)));
    CHECK(cluster_tree_purity(&tree, alike, 3) == 1);
    cluster_tree_free(&tree);
}

/* The definition: for every pair of equal label, the first merge after which one cluster holds both. */
static double purity_by_pairs(const ClusterTree *tree, const int *labels) {
    const int leaves = tree->leaves;
    double sum = 0, pairs = 0;
    for (int i = 0; i < leaves; i++)
        for (int j = 0; j < i; j++) {
            int of[64], m = -1;
            for (int k = 0; k < leaves; k++) of[k] = k;
            if (labels[i] != labels[j]) continue;
            while (of[i] != of[j]) {
                m++;
                for (int k = 0; k < leaves; k++)
                    if (of[k] == tree->merges[m].left || of[k] == tree->merges[m].right)
                        of[k] = leaves + m;
            }
            double size = 0, same = 0;
            for (int k = 0; k < leaves; k++) {
                size += of[k] == of[i];
                same += of[k] == of[i] && labels[k] == labels[i];
            }
            pairs++;
            sum += same / size;
        }
    return sum / pairs;
}

TEST(cluster_tree_purity_equals_its_definition) {
    for (int k = 0; k < 20; k++) {
        Random random = random_stream(41, (uint64_t)k, 0, 0);
        const int leaves = 5 + 2 * k;
        double places[64];
        int labels[64];
        for (int i = 0; i < leaves; i++) {
            labels[i] = (int)(3 * random_uniform(&random));
            places[i] = labels[i] + k * 0.1 * random_normal(&random);
        }
        ClusterTree tree = tree_of(places, leaves);
        CHECK_NEAR(cluster_tree_purity(&tree, labels, 3), purity_by_pairs(&tree, labels), 1e-12);
        for (int m = 1; m < leaves - 1; m++)
            CHECK(tree.merges[m].height >= tree.merges[m - 1].height - 1e-12);
        cluster_tree_free(&tree);
    }
}
