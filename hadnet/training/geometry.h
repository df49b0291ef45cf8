/* geometry.h - how much of the ball a trained head uses: how far features and points are from the
 * origin, and how often the curvature decides the class.
 *
 * Near the origin, or with points at it, a hyperbolic logit grows as the Euclidean one does, and the
 * largest is of the same class. The agreement is the share of the head's cells whose class is that
 * of 4 [u - p, a], the limit of no curvature, with the same u, p and a: where it is 1 the ball has
 * changed how training went and how sure the head is, but not one answer.
 */
#ifndef HADNET_GEOMETRY_H
#define HADNET_GEOMETRY_H

#include "hadnet/model/network.h"
#include "hadnet/training/embeddings.h"

#include <stdio.h>

typedef struct Geometry {
    double curvature, temperature;        /* the network's; temperature 1 if it has none */
    double feature_mean, feature_largest; /* of sqrt(c)|u|, over cells */
    double point_mean, point_largest;     /* of sqrt(c)|p|, over classes */
    double agreement;                     /* a share of the cells; NaN of none */
} Geometry;

/* The sums behind it, while batches are evaluated. */
typedef struct GeometrySums {
    Embeddings *embeddings; /* to fill too; set before the evaluation; NULL: none */
    const Network *network;
    const Node *tangents, *logits, *flat; /* on the cells of the head */
    int64_t cells, agreeing;
    double length_sum, length_largest; /* of |u| */
} GeometrySums;

/* Append what is needed to a graph that gives tangents and the head's logits, before its first run. */
void geometry_begin(GeometrySums *sums, Graph *graph, const Network *network, Node *tangents,
                    Node *logits);

/* Add image `place` of the batch that the graph has run; its labels are size x size. false: no
 * memory. */
bool geometry_add(GeometrySums *sums, int place, const uint8_t *labels, int size, Error *error);

Geometry geometry_of(const GeometrySums *sums);

/* As lines for people, and as members of a JSON object, each with a comma at its end. */
void geometry_print(FILE *stream, const Geometry *geometry);
void geometry_write_json(FILE *stream, const Geometry *geometry);

#endif
