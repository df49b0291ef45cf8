/* image_limits.c - the limits on the size of an image. */
#include "data/image/image_format.h"

static int megapixels_most = IMAGE_MEGAPIXELS;

void image_set_megapixels(int most) {
    megapixels_most = most;
}

bool image_file_accept_size(const ImageFile *file, int64_t width, int64_t height, Error *error) {
    if (width < 1 || height < 1)
        return error_set(error, "%s: %lld x %lld pixels; expected at least 1 x 1", file->path,
                         (long long)width, (long long)height);
    if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX)
        return error_set(error, "%s: %lld x %lld pixels; no side may be above %d", file->path,
                         (long long)width, (long long)height, IMAGE_SIDE_MAX);
    if (width * height > (int64_t)megapixels_most * 1000000)
        return error_set(error, "%s: %lld x %lld pixels; the limit is %d megapixels", file->path,
                         (long long)width, (long long)height, megapixels_most);
    return true;
}
