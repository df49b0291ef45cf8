/* split.h - divides a dataset into training, validation and test images.
 *
 * official: the release's own parts, with a seeded tenth of its training images as val; or, where
 *           a release has no parts, 8:1:1 by image.
 * scene:    all images pooled, near-copies grouped into scenes (near_copies.h), and 8:1:1 by
 *           scene: no scene is in two parts.
 * file:     the parts of a list that someone wrote or shared (split_list.h).
 * The first two distribute every class over the parts, and give the same split for the same files and
 * seed.
 * The published releases leak: their official test images have copies in training.
 */
#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include "data/dataset.h"
#include "tensor/public.h"

PUBLIC_BEGIN

typedef enum SplitKind { SPLIT_OFFICIAL, SPLIT_SCENE, SPLIT_FILE, SPLIT_KINDS } SplitKind;

const char *split_kind_name(SplitKind kind); /* "official", "scene", "file" */

/* The kind of that name; false with a line for another word. */
bool split_kind_of(const char *word, SplitKind *kind, Error *error);

/* Number the scene of every sample, from 0 without a gap: near-copies share one. */
void split_find_scenes(Dataset *dataset);

/* Give every sample its part by SPLIT_OFFICIAL or SPLIT_SCENE (then also its scene, which is its own
 * for an image that cannot be decoded). Fails when a part that should hold something is left empty.
 * For SPLIT_FILE see split_list_read. */
bool split_dataset(Dataset *dataset, SplitKind kind, uint64_t seed, Error *error);

/* A hash of the samples' names, in order, and their parts, and of the options of generated images.
 * It does not depend on the folder's path. Equal data and splits have equal digests; different ones
 * collide with probability 2^-64. */
uint64_t split_digest(const Dataset *dataset);

PUBLIC_END

#endif
