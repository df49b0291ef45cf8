/* cluster_tree.h - a tree over things of which only the distances are known.
 *
 * Every thing is a cluster at first. The two clusters that are closest on average are joined, again
 * and again, until one is left (UPGMA; Sokal, Michener 1958). Clusters 0..leaves-1 are the things,
 * leaves + m is what merge m has joined, and heights never fall from a merge to the next.
 */
#ifndef HADNET_CLUSTER_TREE_H
#define HADNET_CLUSTER_TREE_H

typedef struct ClusterMerge {
    int left, right; /* clusters; the left has the smaller first leaf */
    double height;   /* the mean distance between a leaf of the left and one of the right */
} ClusterMerge;

typedef struct ClusterTree {
    int leaves;
    ClusterMerge *merges; /* leaves - 1; owned */
} ClusterTree;

/* distances: leaves x leaves, symmetric, finite; destroyed. leaves at least 1. Of equal distances the
 * clusters that come first are joined first. */
ClusterTree cluster_tree_build(double *distances, int leaves);
void cluster_tree_free(ClusterTree *tree);

/* The leaves from top to bottom, so that no branches cross. order: leaves numbers. */
void cluster_tree_order(const ClusterTree *tree, int *order);

/* Dendrogram purity (Heller, Ghahramani, ICML 2005): over all pairs of leaves of equal label, the share
 * of that label in the smallest cluster that holds both, on average. 1: every label has a branch of
 * its own. labels: of the leaves, 0..classes-1. NaN: no two labels are equal. */
double cluster_tree_purity(const ClusterTree *tree, const int *labels, int classes);

/* The same of one cluster that holds all leaves: what a tree that knows nothing is worth. */
double cluster_tree_chance(const int *labels, int leaves, int classes);

#endif
