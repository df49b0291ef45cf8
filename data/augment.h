/* augment.h - data augmentation of training images, and normalisation.
 *
 * All random numbers come from the Random passed in. The loader derives it from (seed, epoch,
 * sample), so an image is augmented the same way on every thread.
 */
#ifndef DATA_AUGMENT_H
#define DATA_AUGMENT_H

#include "data/image/image.h"
#include "tensor/public.h"
#include "tensor/random.h"
#include "tensor/real.h"

PUBLIC_BEGIN

typedef struct Augment {
    bool turns;                              /* one of the eight flips and quarter turns, evenly */
    double jitter_probability;               /* probability that the colours are jittered */
    double brightness, contrast, saturation; /* factors are drawn from 1 - b .. 1 + b, >= 0 */
    double scale; /* magnified by a factor from 1 / (1 + scale) .. 1 + scale; 0: as is */
} Augment;

Augment augmentation_none(void);
Augment augmentation_default(void); /* turns; jitter of 0.3 each with probability 0.25 */

/* Which turn of resize.h (0 without turns): the same for an image, its mask and its twin. */
int augmentation_draw_turn(const Augment *augment, Random *random);

/* The part of a square image that is shown at the size of the whole, in pixels. It may extend
 * beyond the image, which is continued by its mirror images. */
typedef struct Window {
    double x, y, side;
    bool applies;
} Window;

/* Drawn once for an image, its mask and its twin: a factor, log-uniform, and a position. A smaller
 * part is within the image, a larger one around it. Without scale nothing is drawn. */
Window augmentation_draw_window(const Augment *augment, int size, Random *random);

/* The window of a size x size image at that size, owned: bilinear, or nearest for labels. */
Image augmentation_show_window(const Window *window, const Image *image, bool labels);

/* The parameters of one ColorJitter: drawn once, applied alike to an image and its twin. */
typedef struct Jitter {
    float factors[3]; /* brightness, contrast, saturation */
    int order[3];     /* the order in which the three are applied */
    bool applies;
} Jitter;

Jitter augmentation_draw_jitter(const Augment *augment, Random *random);

/* ColorJitter as torchvision defines it, in place on `pixels` RGB triples in 0..1:
 *   brightness  v <- f v
 *   contrast    v <- f v + (1 - f) m,   m the mean grey of the image
 *   saturation  v <- f v + (1 - f) g,   g the grey of the pixel, 0.299 R + 0.587 G + 0.114 B
 * each clamped to 0..1, in a random order. A twin of as many pixels (or NULL) gets the same change,
 * with the mean m of `colours`, so pixels that were equal in both stay equal. */
void augmentation_jitter(const Jitter *jitter, real *colours, real *twin, size_t pixels);

/* (v - mean) / deviation per channel, in place. */
typedef struct Normalisation {
    float mean[3], deviation[3];
} Normalisation;

Normalisation normalisation_default(void); /* mean .491 .449 .410, deviation .231 .219 .220 */
void augmentation_normalise(const Normalisation *normalisation, real *colours, size_t pixels);

PUBLIC_END

#endif
