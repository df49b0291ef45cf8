/* image_reader.h - reads the planned images in their order, the next one in the background.
 *
 * While the caller computes on one image, a thread reads and decodes the next, so memory holds two.
 * Where results may replace images (--overwrite), an image is read only when it is asked for: the
 * results before it are written by then. The same holds where no thread can be started.
 */
#ifndef HADNET_IMAGE_READER_H
#define HADNET_IMAGE_READER_H

#include "hadnet/prediction/results.h"

typedef struct ImageReader ImageReader;

/* The results must outlive the reader. The caller closes it. */
ImageReader *image_reader_open(const Results *results);
void image_reader_close(ImageReader *reader);

/* One image, or why there is none. */
typedef struct ReadImage {
    int index; /* of results->images; -1: there are no more */
    bool good;
    Image image; /* three channels; the receiver frees it */
    Error error; /* if not good; it begins with the image's path */
} ReadImage;

/* The next image that is no result of an earlier call. */
ReadImage image_reader_next(ImageReader *reader);

/* Whether the next image, or its error, is in memory already. */
bool image_reader_is_ahead(ImageReader *reader);

#endif
