/* image_read.c - reads photographs and masks from files, turned upright. */
#include "data/image/image_file.h"
#include "data/image/resize.h"

/* Turn the image as the file asks. On failure the image is freed. */
static bool turn_upright(const ImageFile *file, Image *image, Error *error) {
    Image turned;
    if (file->turn == 0) return true;
    const bool good = image_turn_to(image, file->turn, &turned, file->path, error);
    image_free(image);
    *image = turned;
    return good;
}

void image_file_size(const ImageFile *file, int *width, int *height) {
    const bool lying = image_turn_swaps(file->turn);
    *width = lying ? file->height : file->width;
    *height = lying ? file->width : file->height;
}

bool image_file_read(const ImageFile *file, int channels, Image *image, Error *error) {
    *image = (Image){ 0 };
    return file->format->decode(file, channels, image, error) && turn_upright(file, image, error);
}

bool image_file_read_labels(const ImageFile *file, Image *image, Error *error) {
    *image = (Image){ 0 };
    return file->format->decode_labels(file, image, error) && turn_upright(file, image, error);
}

bool image_probe(const char *path, int *width, int *height, Error *error) {
    ImageFile file;
    if (!image_file_open(path, &file, error)) return false;
    image_file_size(&file, width, height);
    image_file_close(&file);
    return true;
}

bool image_read(const char *path, int channels, Image *image, Error *error) {
    ImageFile file;
    *image = (Image){ 0 };
    if (!image_file_open(path, &file, error)) return false;
    const bool good = file.format->decode(&file, channels, image, error);
    image_file_close(&file);
    return good && turn_upright(&file, image, error);
}

bool image_reduce_to_labels(const char *path, Image *image, Error *error) {
    const size_t pixels = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *colour = image->pixels + 3 * i;
        if (colour[0] != colour[1] || colour[0] != colour[2]) {
            error_set(error,
                      "%s: a mask in colour (%d,%d,%d at pixel %zu); expected one channel "
                      "of labels, or a classes.txt with lines '#RRGGBB: NAME'",
                      path, colour[0], colour[1], colour[2], i);
            image_free(image);
            return false;
        }
        image->pixels[i] = colour[0];
    }
    image->channels = 1;
    return true;
}

bool image_read_labels(const char *path, Image *image, Error *error) {
    ImageFile file;
    *image = (Image){ 0 };
    if (!image_file_open(path, &file, error)) return false;
    const bool good = file.format->decode_labels(&file, image, error);
    image_file_close(&file);
    return good && turn_upright(&file, image, error);
}
