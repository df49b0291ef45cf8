/* disk.h - the Poincare disk of a network: features of its classes, and their hyperplanes, in SVG.
 *
 * Features are tangent vectors u at the origin, of 64 dimensions; the two that the disk shows are the
 * directions e1, e2 in which the sampled u are longest (principal components about the origin, each
 * class with the same weight). A dot is exp_0 of u's part in that plane. A class's line is where the
 * plane cuts its hyperplane, exactly: with p and a scaled to the ball of curvature -1, X in the plane is
 * on it if
 *     h |X|^2 - [B, X] + h = 0,    h = [p,a],  B = 2h P + (1 - |p|^2) A,
 * P and A the parts of p and a in the plane: a circle around B/2h that meets the disk's edge at right
 * angles, or a line through the origin where h = 0. A hyperplane that misses the plane has no line.
 */
#ifndef HADNET_DISK_H
#define HADNET_DISK_H

#include "hadnet/model/head.h"
#include "hadnet/training/embeddings.h"

#include <stdio.h>

/* The two directions, [2][dimension], orthogonal and of length 1. */
void disk_directions(const Embeddings *embeddings, real *directions);

/* The line meets the disk's edge at the angles middle - half and middle + half; in between it keeps to
 * the circle around (cos middle, sin middle) / cos half of radius |tan half|. */
typedef struct DiskCut {
    double middle, half; /* half: between 0 and pi */
} DiskCut;

/* The line of the hyperplane of p and a, rows of n numbers, sc = sqrt(c). false: it misses the plane. */
bool disk_cut(const real *p, const real *a, int64_t n, double sc, const real *directions,
              DiskCut *cut);

/* The head must be hyperbolic. */
void disk_write(FILE *file, const Embeddings *embeddings, const Head *head,
                const char *const *class_names, int classes);

#endif
