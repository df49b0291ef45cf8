/* cluster_tree.c - average linkage, and the purity of a tree. */
#include "hadnet/reports/cluster_tree.h"

#include "tensor/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The clusters that are left, while a tree is built. */
typedef struct Left {
    double *distances; /* between the clusters at two places */
    int *clusters;     /* at a place; -1: joined to another */
    int *sizes;
    int places;
} Left;

/* The places of the closest two, a < b. */
static void find_closest(const Left *left, int *a, int *b) {
    double least = INFINITY;
    *a = *b = -1;
    for (int i = 0; i < left->places; i++)
        for (int j = i + 1; left->clusters[i] >= 0 && j < left->places; j++) {
            const double distance = left->distances[i * left->places + j];
            if (left->clusters[j] < 0 || (*a >= 0 && !(distance < least))) continue;
            least = distance;
            *a = i;
            *b = j;
        }
}

/* Join place b to place a: a mean over pairs of leaves is that of the two, weighted by their sizes. */
static void join(Left *left, int a, int b, int cluster) {
    const double size_a = left->sizes[a], size_b = left->sizes[b];
    double *distances = left->distances;
    for (int k = 0; k < left->places; k++) {
        const double to_a = distances[a * left->places + k], to_b = distances[b * left->places + k];
        const double mean = (size_a * to_a + size_b * to_b) / (size_a + size_b);
        distances[a * left->places + k] = distances[k * left->places + a] = mean;
    }
    left->sizes[a] += left->sizes[b];
    left->clusters[a] = cluster;
    left->clusters[b] = -1;
}

ClusterTree cluster_tree_build(double *distances, int leaves) {
    const size_t count = (size_t)leaves;
    ClusterTree tree = { leaves, memory_new(count, sizeof *tree.merges) };
    Left left = { distances, memory_new(count, sizeof(int)), memory_new(count, sizeof(int)),
                  leaves };
    for (int i = 0; i < leaves; i++) {
        left.clusters[i] = i;
        left.sizes[i] = 1;
    }
    for (int m = 0; m < leaves - 1; m++) {
        int a, b;
        find_closest(&left, &a, &b);
        tree.merges[m] =
            (ClusterMerge){ left.clusters[a], left.clusters[b], distances[a * leaves + b] };
        join(&left, a, b, leaves + m);
    }
    free(left.clusters);
    free(left.sizes);
    return tree;
}

void cluster_tree_free(ClusterTree *tree) {
    free(tree->merges);
    *tree = (ClusterTree){ 0 };
}

void cluster_tree_order(const ClusterTree *tree, int *order) {
    int *open =
        memory_new((size_t)tree->leaves + 1, sizeof *open); /* clusters still to be visited */
    int opened = 0, found = 0;
    open[opened++] = 2 * tree->leaves - 2;
    while (opened > 0) {
        const int cluster = open[--opened];
        if (cluster < tree->leaves) {
            order[found++] = cluster;
            continue;
        }
        open[opened++] = tree->merges[cluster - tree->leaves].right;
        open[opened++] = tree->merges[cluster - tree->leaves].left;
    }
    free(open);
}

/* The leaves of every label in every cluster, [2 leaves - 1][classes]. The caller frees. */
static double *count_labels(const ClusterTree *tree, const int *labels, int classes) {
    const int clusters = 2 * tree->leaves - 1;
    double *counts = memory_new((size_t)clusters * (size_t)classes, sizeof *counts);
    for (int i = 0; i < tree->leaves; i++) counts[i * classes + labels[i]] = 1;
    for (int m = 0; m < tree->leaves - 1; m++)
        for (int k = 0; k < classes; k++)
            counts[(tree->leaves + m) * classes + k] = counts[tree->merges[m].left * classes + k] +
                                                       counts[tree->merges[m].right * classes + k];
    return counts;
}

/* Two leaves are in no smaller cluster than the one that a merge makes if one is in its left and one
 * in its right part. */
double cluster_tree_purity(const ClusterTree *tree, const int *labels, int classes) {
    double *counts = count_labels(tree, labels, classes), sum = 0, pairs = 0;
    for (int m = 0; m < tree->leaves - 1; m++) {
        const double *left = counts + tree->merges[m].left * classes;
        const double *right = counts + tree->merges[m].right * classes;
        double size = 0;
        for (int k = 0; k < classes; k++) size += left[k] + right[k];
        for (int k = 0; k < classes; k++) {
            pairs += left[k] * right[k];
            sum += left[k] * right[k] * (left[k] + right[k]) / size;
        }
    }
    free(counts);
    return pairs > 0 ? sum / pairs : NAN;
}

double cluster_tree_chance(const int *labels, int leaves, int classes) {
    double sum = 0, pairs = 0;
    for (int k = 0; k < classes; k++) {
        double count = 0;
        for (int i = 0; i < leaves; i++) count += labels[i] == k;
        pairs += count * (count - 1);
        sum += count * (count - 1) * count / leaves;
    }
    return pairs > 0 ? sum / pairs : NAN;
}
