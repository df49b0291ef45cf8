/* model_card.h - the metadata of a weight file: enough to build the network, preprocess an image
 * and name the classes.
 *
 *     format        "hadnet 2"
 *     architecture  "compact"          space      "hyperbolic"     curvature  "0.01"
 *     reduction     "afss"             ard        "rank"
 *     classes       "4"                class.0    "background"     class.1 ...
 *     size          "256"              mean, std  "0.491 0.449 0.41"
 *     fit           "letterbox"        or "stretch", as in files without it (data/image/resize.h)
 *     selected.0    "3 5 8 ..."        channel numbers kept of level 0, and so on
 *     mask-threshold "128"             ignore-label "255"          if masks were read with them
 *     curvature-learnt "1"             temperature-learnt "1"      clip "2"       if the head has them
 *
 * and the training data: see provenance.h.
 */
#ifndef HADNET_MODEL_CARD_H
#define HADNET_MODEL_CARD_H

#include "data/augment.h"
#include "data/image/resize.h"
#include "hadnet/model/network.h"
#include "hadnet/training/mask_settings.h"
#include "hadnet/training/provenance.h"
#include "nn/metadata.h"

/* The range of the side to which images are resized. `compact` needs about 300 bytes of memory per
 * pixel in prediction and 1200 in training, so the largest side fits an ordinary machine. */
enum { CARD_SIZE_MIN = 16, CARD_SIZE_MAX = 2048 };

/* What prediction needs beside the network itself. */
typedef struct ModelCard {
    int size; /* pixels; images are resized to size x size */
    Fit fit;  /* of images that are not square */
    Provenance provenance;
    Normalisation normalisation;
    char **class_names; /* [options.classes]; owned */
    int classes;
    MaskSettings masks; /* of the data it was trained on */
} ModelCard;

/* A card with copies of the class names, default mask settings and unknown provenance. */
ModelCard model_card_create(int size, char *const *class_names, int classes);
void model_card_free(ModelCard *card);

/* Write card and network into the metadata. */
void model_card_write(const ModelCard *card, const Network *network, Metadata *metadata);

/* Read them back, every number in its range, the selected channels ascending: a network with
 * initial weights and the selected channels of the file. NULL: the error names path, key, found and
 * expected. The caller owns network and card. */
Network *model_card_read(const Metadata *metadata, const char *path, const Device *device,
                         ModelCard *card, Error *error);

#endif
