/* normal_twin.h - makes pairs (I, G) of one scene, I without defect and G with one.
 *
 * Feature selection and the autoencoders compare a defective image G with the same scene free of
 * defects, I, which no dataset has. There are two ways to make the pair:
 * - fill: G is real; I is G with its defects, and a margin, replaced by clean texture of the same
 *   image;
 * - paste: I is a real normal image; G is I with the defects of another image pasted in.
 * Both model an image as slowly varying illumination plus texture. The illumination under a defect
 * is interpolated from around it, so there is no step at the seam; only texture is copied.
 *
 * Filled areas differ from the original everywhere, so a channel that responds to filling itself
 * would seem to find defects. Decoys prevent that: some clean areas of I are filled too, although
 * G has no defect there.
 */
#ifndef DATA_NORMAL_TWIN_H
#define DATA_NORMAL_TWIN_H

#include "data/image/image.h"
#include "tensor/random.h"

typedef struct TwinOptions {
    int margin;  /* pixels around the mask that are replaced fully; 0 for side / 64, at least 2 */
    int feather; /* pixels over which the fill then fades out; 0 for side / 64, at least 2 */
    int decoys;  /* clean areas filled as well */
    double defect_most; /* an image with a larger fraction of defect gets no twin; 0.4 */
} TwinOptions;

TwinOptions twin_default(void); /* margin, feather by size; 2 decoys; 0.4 */

/* *twin: `image` (three channels, at least 16 x 16) with every labelled pixel replaced. False,
 * with *twin empty, if too much of it is defect or no clean texture is left. The caller frees
 * *twin. The same arguments and state of random give the same bits. */
bool twin_fill(const Image *image, const Image *labels, const TwinOptions *options, Random *random,
               Image *twin);

/* Paste donor's labelled pixels onto `normal`, of the same size: *pasted, and *pasted_labels, which
 * are donor_labels over all background. False if the donor has no defect or too much of it. */
bool twin_paste(const Image *normal, const Image *donor, const Image *donor_labels,
                const TwinOptions *options, Image *pasted, Image *pasted_labels);

#endif
