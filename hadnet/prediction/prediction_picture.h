/* prediction_picture.h - the three pictures of an answer.
 *
 * mask     one channel, the labels, to be written with the palette of the classes
 * overlay  the image with the classes drawn on it, class and score beside the largest regions, and
 *          a legend below
 * score    one channel, 255 x score, to be written with the palette of the heat map; the scale
 *          below
 *
 * The image itself is the top left part, at its own size. Overlay and score are wider than the
 * image only if legend or scale need it.
 */
#ifndef HADNET_PREDICTION_PICTURE_H
#define HADNET_PREDICTION_PICTURE_H

#include "data/image/image.h"
#include "hadnet/prediction/answer_summary.h"

/* Each is empty if out of memory; the caller frees. */
Image prediction_mask(const HadnetAnswer *answer);
Image prediction_overlay(const Image *image, const HadnetAnswer *answer,
                         const AnswerSummary *summary, const char *const *class_names);
Image prediction_score(const HadnetAnswer *answer, const AnswerSummary *summary);

#endif
