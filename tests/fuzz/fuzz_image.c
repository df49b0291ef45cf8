/* fuzz_image.c - image files: probing, reading in colour and as grey, reading labels. The checksums
 * of a PNG are corrected first, as no changed byte would get past them. */
#include "data/image/image.h"
#include "tests/fuzz/checksum.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void read_all(const char *path) {
    int width = 0, height = 0;
    Image image;
    Error error = { "" };
    const bool known = image_probe(path, &width, &height, &error);
    fuzz_judge(known, &error);
    for (int channels = 1; channels <= 3; channels += 2) {
        error.text[0] = '\0';
        const bool good = image_read(path, channels, &image, &error);
        fuzz_judge(good, &error);
        PROMISE(!good || (known && image.width == width && image.height == height),
                "%d x %d was read of a picture probed as %d x %d", image.width, image.height, width,
                height);
        image_free(&image);
    }
    error.text[0] = '\0';
    const bool good = image_read_labels(path, &image, &error);
    fuzz_judge(good, &error);
    image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    uint8_t *mended = malloc(count + 1);
    if (!mended) return 0;
    memcpy(mended, bytes, count);
    checksums_mend(mended, count);
    read_all(fuzz_file(mended, count));
    free(mended);
    return 0;
}
