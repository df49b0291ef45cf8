/* normal_twin.h - pairs (I, G) of one scene, I without and G with a defect.
 *
 * Feature selection and the autoencoders compare a defective picture G with the same scene free of
 * defects, I, which no dataset has. Two ways to make the pair:
 * - fill: G is real; I is G with its defects, and a margin, replaced by clean texture of the same
 *   picture;
 * - paste: I is a real normal picture; G is I with the defects of another picture pasted in.
 * In both the picture is taken as slow light plus texture. The light under a defect is
 * interpolated from around it, so there is no step at the seam; only texture is moved.
 *
 * Filled areas differ from the original everywhere, so a channel that responds to filling itself
 * would seem to find defects. Decoys prevent that: some clean areas of I are filled too, where
 * nothing in G is wrong.
 */
#ifndef DATA_NORMAL_TWIN_H
#define DATA_NORMAL_TWIN_H

#include "data/image/image.h"
#include "tensor/random.h"

typedef struct TwinOptions {
    int margin;  /* pixels around the mask that are replaced whole; 0 for side / 64, at least 2 */
    int feather; /* pixels over which the fill fades out beyond; 0 for side / 64, at least 2 */
    int decoys;  /* clean areas filled as well */
    double defect_most; /* a picture with a larger part of defect has no twin; 0.4 */
} TwinOptions;

TwinOptions twin_default(void); /* margin, feather by size; 2 decoys; 0.4 */

/* *twin: `image` (three channels, at least 16 x 16) with every labelled pixel replaced. False,
 * with *twin empty, when too much is defect or no clean texture is left to take from. The caller
 * frees *twin. The same bits for the same arguments and state of random. */
bool twin_fill(const Image *image, const Image *labels, const TwinOptions *options, Random *random,
               Image *twin);

/* Paste donor's labelled pixels onto `normal`, of the same size: *pasted, and *pasted_labels, which
 * are donor_labels over all background. False when the donor holds no defect or too much. */
bool twin_paste(const Image *normal, const Image *donor, const Image *donor_labels,
                const TwinOptions *options, Image *pasted, Image *pasted_labels);

#endif
