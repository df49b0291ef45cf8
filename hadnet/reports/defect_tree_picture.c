/* defect_tree_picture.c - draws the tree of defects. */
#include "hadnet/reports/defect_tree.h"
#include "hadnet/reports/picture.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>

enum {
    ROW = DEFECT_SIDE + 4,
    TREE = 720, /* the width of the branches */
    MARGIN = 16,
    SCALE = 2, /* of the text */
    HEADER = 2 * (FONT_HEIGHT * SCALE + 6) + MARGIN,
    NAME = 20 * FONT_WIDTH * SCALE,
    WIDTH = MARGIN + TREE + MARGIN + DEFECT_SIDE + MARGIN + NAME
};

static const Colour paper = { 24, 24, 24 }, ink = { 235, 235, 235 }, mixed = { 130, 130, 130 };

/* Where a cluster is drawn: its height as x, the middle of its leaves as y; its label if all its leaves
 * have the same, or else 0. */
typedef struct Spot {
    double x, y;
    int label;
} Spot;

static double x_of(double height, double highest) {
    return MARGIN + TREE * (1 - (highest > 0 ? height / highest : 0));
}

static Colour colour_of(int label) {
    return label ? class_colour(label) : mixed;
}

static void draw_leaf(Image *picture, const Defect *defect, const char *name, int row) {
    const int y = HEADER + row * ROW, x = MARGIN + TREE + MARGIN;
    picture_rectangle(picture, x - 3, y - 1, DEFECT_SIDE + 6, DEFECT_SIDE + 2,
                      class_colour(defect->label));
    picture_place(picture, x, y, &defect->picture);
    picture_text(picture, x + DEFECT_SIDE + MARGIN, y + (DEFECT_SIDE - FONT_HEIGHT * SCALE) / 2,
                 SCALE, class_colour(defect->label), name);
}

/* A branch from each of the two to the height of their merge, and a line that joins the branches. */
static Spot draw_merge(Image *picture, Spot left, Spot right, double x) {
    const Spot spot = { x, (left.y + right.y) / 2, left.label == right.label ? left.label : 0 };
    picture_line(picture, left.x, left.y, x, left.y, 2, colour_of(left.label));
    picture_line(picture, right.x, right.y, x, right.y, 2, colour_of(right.label));
    picture_line(picture, x, left.y, x, right.y, 2, colour_of(spot.label));
    return spot;
}

static void draw_header(Image *picture, const DefectTree *tree, double highest) {
    char line[96];
    if (isnan(tree->ball))
        snprintf(line, sizeof line, "purity %.3f; %.3f without a tree", tree->plane, tree->chance);
    else
        snprintf(line, sizeof line,
                 "purity %.3f in the ball, %.3f in the plane; %.3f without a tree", tree->ball,
                 tree->plane, tree->chance);
    picture_text(picture, MARGIN, MARGIN, SCALE, ink, line);
    snprintf(line, sizeof line, "distance %.3g", highest);
    picture_text(picture, MARGIN, MARGIN + FONT_HEIGHT * SCALE + 6, SCALE, mixed, line);
    const char *const zero = "0";
    picture_text(picture, MARGIN + TREE - picture_text_width(zero, SCALE),
                 MARGIN + FONT_HEIGHT * SCALE + 6, SCALE, mixed, zero);
}

bool defect_tree_write(const char *path, const DefectTree *tree, const char *const *class_names,
                       Error *error) {
    const int leaves = tree->count;
    const double highest = tree->tree.merges[leaves - 2].height;
    Image picture = picture_new(WIDTH, HEADER + leaves * ROW + MARGIN, paper);
    Spot *spots = memory_new((size_t)(2 * leaves), sizeof *spots);
    int *order = memory_new((size_t)leaves, sizeof *order);
    cluster_tree_order(&tree->tree, order);
    draw_header(&picture, tree, highest);
    for (int row = 0; row < leaves; row++) {
        const Defect *defect = tree->defects[order[row]];
        spots[order[row]] =
            (Spot){ MARGIN + TREE, HEADER + row * ROW + DEFECT_SIDE / 2.0, defect->label };
        draw_leaf(&picture, defect, class_names[defect->label], row);
    }
    for (int m = 0; m < leaves - 1; m++) {
        const ClusterMerge *merge = &tree->tree.merges[m];
        spots[leaves + m] = draw_merge(&picture, spots[merge->left], spots[merge->right],
                                       x_of(merge->height, highest));
    }
    const bool good = image_write_png(path, &picture, error);
    image_free(&picture);
    free(spots);
    free(order);
    return good;
}
