/* defects.h - single defects of a part, each with a place in the ball and in the plane.
 *
 * A defect is the largest connected region of its class in an image, on the cells of the head: one of
 * a class in an image, as more of the same image would be neighbours for that reason alone. Its place
 * is the mean of its cells' features: in the ball the Frechet mean of exp_0(u), in the plane the mean
 * of u. Of every class the same number is kept, each defect being as likely as another.
 */
#ifndef HADNET_DEFECTS_H
#define HADNET_DEFECTS_H

#include "data/image/image.h"
#include "data/labels/class_names.h"
#include "hadnet/model/model_card.h"
#include "hadnet/model/network.h"
#include "tensor/random.h"

enum { DEFECTS_PER_CLASS = 20, DEFECT_SIDE = 40 };

typedef struct Defect {
    int label, cells;
    real *ball, *plane; /* owned; ball NULL: of a network without one */
    Image picture;      /* DEFECT_SIDE square */
} Defect;

typedef struct Defects {
    Defect of[CLASSES_MAX][DEFECTS_PER_CLASS];
    int held[CLASSES_MAX];
    int64_t seen[CLASSES_MAX];
    Random random;
    const Network *network;
    const Node *tangents; /* u, [B,h,w,D]; of a graph that may be gone once all images are added */
    int64_t dimension;    /* D */
    double curvature;     /* of the ball; 0: none */
} Defects;

/* Before the first run of a graph that computes u. */
void defects_begin(Defects *defects, const Network *network, Node *tangents);
void defects_free(Defects *defects);

/* Offer the defects of image `place` of the batch that the graph has run: its input, and its labels,
 * size x size. false: no memory. */
bool defects_add(Defects *defects, int place, const real *image, const Normalisation *normalisation,
                 const uint8_t *labels, int size, Error *error);

/* All that are kept, by class; returns how many. list: CLASSES_MAX * DEFECTS_PER_CLASS. */
int defects_list(const Defects *defects, const Defect **list);

#endif
