/* embed_predict.c - finds defects on an image in memory, from a program of your own.
 *
 *     ./build.sh run examples/embed_predict.c best.safetensors [IMAGE.png]
 */
#include "data/data.h"
#include "hadnet/hadnet.h"

#include <stdio.h>

/* The camera's pixels: IMAGE.png, or metal that the library generates. */
static bool take_picture(const char *path, Image *picture, Error *error) {
    Image labels;
    if (path) return image_read(path, 3, picture, error);
    synth_make(1, 1, 200, picture, &labels);
    image_free(&labels);
    return true;
}

static void print_region(const HadnetNetwork *network, const HadnetRegion *region) {
    printf("%s: %lld pixels in %dx%d at (%d,%d), score %.3f on average, %.3f at most\n",
           hadnet_class_name(network, region->class_index), (long long)region->area, region->width,
           region->height, region->left, region->top, (double)region->mean_score,
           (double)region->largest_score);
}

/* mask.png, a class for each pixel, and score.png, its score from black to white. */
static bool write_answer(const HadnetAnswer *answer, Error *error) {
    const Image mask = { answer->width, answer->height, 1, answer->mask };
    Image score = image_new(answer->width, answer->height, 1);
    for (size_t i = 0; i < image_bytes(&score); i++)
        score.pixels[i] = (uint8_t)(255 * answer->score[i] + 0.5f);
    const bool good =
        image_write_png("mask.png", &mask, error) && image_write_png("score.png", &score, error);
    image_free(&score);
    return good;
}

/* Whether the regions cover all defect pixels of the mask and no others. */
static bool regions_make_up_mask(const HadnetAnswer *answer) {
    int64_t in_regions = 0, in_mask = 0;
    for (int i = 0; i < answer->region_count; i++) in_regions += answer->regions[i].area;
    for (int i = 0; i < answer->width * answer->height; i++) in_mask += answer->mask[i] != 0;
    return in_regions == in_mask;
}

int main(int argc, char **argv) {
    if (argc < 2) return fprintf(stderr, "usage: %s WEIGHTS [IMAGE]\n", argv[0]), 1;
    Error error = { "" };
    Image picture = { 0 };
    HadnetAnswer answer = { 0 };
    HadnetNetwork *network = hadnet_open(argv[1], NULL, &error);
    if (!network || !take_picture(argv[2], &picture, &error)) return puts(error.text), 1;

    const HadnetImage image = { .pixels = picture.pixels,
                                .width = picture.width,
                                .height = picture.height,
                                .channels = picture.channels,
                                .bits = 8 };
    if (!hadnet_predict(network, &image, &answer, &error)) return puts(error.text), 1;
    for (int i = 0; i < answer.region_count; i++) print_region(network, &answer.regions[i]);

    if (!write_answer(&answer, &error)) return puts(error.text), 1;
    const bool good = regions_make_up_mask(&answer);
    printf("%d regions %s the defects of the mask\n", answer.region_count,
           good ? "are" : "are not");
    hadnet_answer_free(&answer);
    hadnet_close(network);
    image_free(&picture);
    return good ? 0 : 1;
}
