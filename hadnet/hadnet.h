/* hadnet.h - find defects on images from a program of your own.
 *
 *     #include "hadnet/hadnet.h"
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         static uint8_t pixels[480 * 640]; // from a camera: grey, 8 bits, rows without gaps
 *         const HadnetImage image = { .pixels = pixels, .width = 640, .height = 480,
 *                                     .channels = 1, .bits = 8 };
 *         HadnetAnswer answer = { 0 };
 *         Error error;
 *         HadnetNetwork *network = hadnet_open("best.safetensors", NULL, &error);
 *         if (!network || !hadnet_predict(network, &image, &answer, &error))
 *             return fprintf(stderr, "%s\n", error.text), 1;
 *         for (int i = 0; i < answer.region_count; i++)
 *             printf("%s\n", hadnet_class_name(network, answer.regions[i].class_index));
 *         hadnet_answer_free(&answer);
 *         hadnet_close(network);
 *     }
 *
 * Built with `cc camera.c $(pkg-config --cflags --libs hadnet)` after `./build.sh install`.
 *
 * A network is opened once, from a file that hadnet_train wrote. The file also has the
 * preprocessing of an image and the names of the classes. hadnet_predict takes pixels and gives, at
 * the image's own size, a class for each pixel (the mask), an anomaly score for each pixel, and the
 * connected regions of the mask. The program hadnet_predict does the same with a file: the masks
 * are equal, byte for byte.
 *
 * Several threads may call hadnet_predict on one network at once, each with an answer of its own.
 * They share the weights, which are only read. The network lends each call a workspace, so from the
 * second image on almost nothing is allocated. Every call itself computes with several threads
 * (HadnetOptions.threads); a program that calls from as many threads as there are cores should ask
 * for 1. The bits of an answer depend on neither. A GPU computes one answer at a time: concurrent
 * calls wait for each other.
 *
 * Functions report failure by false or NULL and one line in the Error. Nothing is printed. The only
 * state outside the opened network is the library's cache of free memory, which hadnet_close
 * releases. Running out of memory for images, networks and answers is an error like any other; only
 * if the system cannot give even some megabytes is the process aborted (tensor/memory.h).
 */
#ifndef HADNET_HADNET_H
#define HADNET_HADNET_H

#include "tensor/error.h"
#include "tensor/public.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

PUBLIC_BEGIN

/* An open network. */
typedef struct HadnetNetwork HadnetNetwork;

typedef struct HadnetOptions {
    const char *device; /* "cpu" or "gpu"; NULL: "cpu" */
    int threads;        /* CPU threads of each call; 0: OpenMP's default */
    int turns;          /* average over this many mirror images and transposes: 1, 2, 4, 8; 0: 1 */
} HadnetOptions;

/* An image in the caller's memory: rows from the top, the channels of a pixel interleaved. */
typedef struct HadnetImage {
    const void *pixels;
    int width, height; /* 1 to 32768 */
    int channels;      /* 1: grey; 3: red, green, blue; 4: the same and alpha, which is not read */
    int bits;          /* per channel: 8, or 16 in this machine's byte order */
    size_t stride;     /* bytes from one row to the next; 0: no gaps between rows */
} HadnetImage;

/* Pixels of one class that touch each other at a side or a corner. */
typedef struct HadnetRegion {
    int class_index;              /* never 0, the background */
    int64_t area;                 /* pixels */
    int left, top, width, height; /* the bounding box */
    float mean_score, largest_score;
} HadnetRegion;

/* The result for one image. Start with `HadnetAnswer answer = { 0 }`; an answer passed to another
 * call reuses its memory. */
typedef struct HadnetAnswer {
    int width, height;     /* the image's */
    uint8_t *mask;         /* [height][width], the most probable class; 0 is the background */
    float *score;          /* [height][width], 1 - P(background), 0 to 1 */
    HadnetRegion *regions; /* in the order of their first pixels, row by row */
    int region_count;
} HadnetAnswer;

/* Read a weight file. options may be NULL. NULL and an error: no such file or device, a damaged
 * file, no memory. The caller closes the network. */
HadnetNetwork *hadnet_open(const char *weights, const HadnetOptions *options, Error *error);

/* Close a network that no call is using. NULL is accepted. */
void hadnet_close(HadnetNetwork *network);

/* The number of classes, with the background, and the name of class 0..count-1 (NULL beyond). The
 * network owns the name. */
int hadnet_class_count(const HadnetNetwork *network);
const char *hadnet_class_name(const HadnetNetwork *network, int class_index);

/* The side of the square to which images are resized for the network. */
int hadnet_image_size(const HadnetNetwork *network);

/* Find the defects of an image. false, an error and an empty answer if a member of the image is
 * out of range, memory runs out, or the network's scores are not numbers. */
bool hadnet_predict(HadnetNetwork *network, const HadnetImage *image, HadnetAnswer *answer,
                    Error *error);

/* Free the answer's memory and empty it. */
void hadnet_answer_free(HadnetAnswer *answer);

PUBLIC_END

#ifdef __cplusplus
}
#endif

#endif
