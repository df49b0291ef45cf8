/* architecture.h - the sizes of HADNet: two backbones, each with two decoders.
 *
 * An Architecture states the backbone's levels (finest first) and the widths of the later stages.
 * The numbers of `compact` are chosen so that the whole network has at most 11.352 M parameters and
 * 1.113 G multiply-adds for a 256x256 image: `hadnet_train --summary` counts them.
 */
#ifndef HADNET_ARCHITECTURE_H
#define HADNET_ARCHITECTURE_H

enum { MAX_LEVELS = 4 };

/* How the head merges the levels at the finest resolution. */
typedef enum Decoder {
    DECODER_SUM,     /* each level: a 1x1, upsampled; their sum; a separable 3x3 */
    DECODER_TOP_DOWN /* from the coarsest: upsampled, added to the next level's 1x1, a 3x3 */
} Decoder;

typedef struct Architecture {
    const char *name;     /* "compact", "compact-top-down", ... */
    const char *backbone; /* "compact" or "wrn50" */
    Decoder decoder;
    int levels;
    int channels[MAX_LEVELS]; /* of the backbone's level i */
    int kept[MAX_LEVELS];     /* r_i: channels that AFSS keeps */
    int width[MAX_LEVELS];    /* of autoencoder i */
    int halvings[MAX_LEVELS]; /* stride-2 convolutions in autoencoder i */
    int feature;              /* D: the dimension of u, and of the ball */
    int ard_channels;         /* s: residual channels that ARD keeps per image, even */
    int discriminator;        /* its width */
} Architecture;

/* The architecture of that name: "compact", "wrn50", or one of these with "-top-down"; NULL for any
 * other. */
const Architecture *architecture_find(const char *name);

/* The architecture of a backbone and a decoder; NULL: there is no such backbone. */
const Architecture *architecture_with(const char *backbone, Decoder decoder);

/* R: the sum of kept[]. */
int architecture_kept_total(const Architecture *architecture);

#endif
