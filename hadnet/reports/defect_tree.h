/* defect_tree.h - the tree of defects by their distances, how pure it is, and its picture. */
#ifndef HADNET_DEFECT_TREE_H
#define HADNET_DEFECT_TREE_H

#include "hadnet/reports/cluster_tree.h"
#include "hadnet/training/defects.h"

#include <stdio.h>

typedef struct DefectTree {
    int count;                  /* of defects */
    double ball, plane, chance; /* dendrogram purity (cluster_tree.h); ball NaN: no ball */
    const Defect **defects;     /* owned; what they point to is not */
    ClusterTree tree;           /* by Poincare distance; without a ball by that of the plane */
} DefectTree;

/* false: fewer than two defects, or features that are not finite. */
bool defect_tree_build(const Defects *defects, DefectTree *tree, Error *error);
void defect_tree_free(DefectTree *tree);

void defect_tree_print(FILE *stream, const DefectTree *tree);

/* Write the tree as PNG: its root to the left, a row for every defect with its picture and class;
 * branches of one class have its colour. */
bool defect_tree_write(const char *path, const DefectTree *tree, const char *const *class_names,
                       Error *error);

#endif
