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
 * A network is opened once, from a file that hadnet_train wrote, which also holds how an image is
 * to be prepared and what the classes are called. hadnet_predict then takes pixels and gives, at
 * the image's own size, a class for each pixel (the mask), an anomaly score for each pixel, and the
 * regions that the mask is made of. It is what the program hadnet_predict does with a file: the
 * masks are equal, byte for byte.
 *
 * Several threads may call hadnet_predict with one opened network at once, each with an answer of
 * its own. They share the weights, which nobody writes; the memory of a computation is taken from
 * the network for the length of a call, and a second image allocates almost nothing. Every call
 * computes with several threads itself (HadnetOptions.threads), so that a program that calls from
 * as many threads as there are cores asks for 1. The bits of an answer depend on neither. A GPU
 * computes one answer at a time: calls wait for each other.
 *
 * Failures come back as false or NULL and one line in the Error. Nothing is printed, and no state
 * is kept outside of the opened network but the library's cache of free memory, which hadnet_close
 * gives back. Lack of memory for images, networks and answers is an error like any other; only where
 * the system has not even some megabytes left is the process aborted (tensor/memory.h).
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

/* A network that was opened. */
typedef struct HadnetNetwork HadnetNetwork;

typedef struct HadnetOptions {
    const char *device; /* "cpu" or "gpu"; NULL: "cpu" */
    int threads;        /* of the CPU, for each call; 0: as many as OpenMP would take */
    int turns;          /* average over so many mirror images and transposes: 1, 2, 4, 8; 0: 1 */
} HadnetOptions;

/* An image in the caller's memory: rows from the top, the channels of a pixel beside each other. */
typedef struct HadnetImage {
    const void *pixels;
    int width, height; /* 1 to 32768 */
    int channels;      /* 1: grey; 3: red, green, blue; 4: the same and alpha, which is not read */
    int bits;          /* of a channel: 8, or 16 in this machine's byte order */
    size_t stride;     /* bytes from one row to the next; 0: rows lie without gaps */
} HadnetImage;

/* Pixels of one class that touch each other at a side or a corner. */
typedef struct HadnetRegion {
    int class_index;              /* never 0, the background */
    int64_t area;                 /* pixels */
    int left, top, width, height; /* of the smallest rectangle around it */
    float mean_score, largest_score;
} HadnetRegion;

/* What was found. Start with `HadnetAnswer answer = { 0 }`; an answer that is given to another call
 * has its memory used again. */
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

/* When no call is under way. NULL is fine. */
void hadnet_close(HadnetNetwork *network);

/* Classes, the background among them; and what class 0..count-1 is called (NULL beyond). The name
 * is the network's. */
int hadnet_class_count(const HadnetNetwork *network);
const char *hadnet_class_name(const HadnetNetwork *network, int class_index);

/* The side of the square that images are resized to before the network sees them. */
int hadnet_image_size(const HadnetNetwork *network);

/* Find the defects of an image. false and an error, and an empty answer: a member of the image is
 * out of range, no memory, or weights whose scores are not numbers. */
bool hadnet_predict(HadnetNetwork *network, const HadnetImage *image, HadnetAnswer *answer,
                    Error *error);

/* Free what the answer holds and empty it. */
void hadnet_answer_free(HadnetAnswer *answer);

PUBLIC_END

#ifdef __cplusplus
}
#endif

#endif
