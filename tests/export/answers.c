/* answers.c - writes the library's full answers, for tests/export/onnx_check.py to compare with:
 *
 *     answers WEIGHTS FOLDER IMAGE...
 *
 * writes FOLDER/0.bin, FOLDER/1.bin, ...: four int32 (height, width, classes, size), the image's
 * bytes [height,width,3], its bytes as resized for the network [size,size,3], the mask's bytes
 * [height,width], and the probabilities as floats [height,width,classes]. */
#include "autograd/resize_rows.h"
#include "autograd/softmax_rows.h"
#include "data/image/image_file.h"
#include "data/image/resize.h"
#include "hadnet/model/network_file.h"
#include "hadnet/model/predictor.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Subject {
    Network *network;
    ModelCard card;
    Predictor predictor;
} Subject;

static bool answer(Subject *subject, const Image *image, FILE *file, Error *error) {
    const int size = subject->card.size;
    const size_t pixels = (size_t)size * (size_t)size;
    const size_t whole = (size_t)image->width * (size_t)image->height;
    float *input = malloc(3 * pixels * sizeof *input);
    Image resized = image_fit_bilinear(image, subject->card.fit, size);
    for (size_t i = 0; i < 3 * pixels; i++) input[i] = (float)resized.pixels[i] * (1 / 255.0f);
    augmentation_normalise(&subject->card.normalisation, input, pixels);
    Predictor *predictor = &subject->predictor;
    predictor_free(predictor);
    if (!predictor_create(predictor, subject->network, false, 1, size, image->height, image->width,
                          error))
        return false;
    predictor->fit = subject->card.fit;
    if (!predictor_run(predictor, input, error)) return false;
    const int classes = predictor->classes;
    const Frame frame = frame_of(subject->card.fit, image->width, image->height);
    const Shape out = shape_4(1, frame.height, frame.width, classes);
    const ResizePart part = { frame.top, frame.top + image->height, frame.left, image->width };
    float *probabilities = malloc(whole * (size_t)classes * sizeof *probabilities);
    resize_bilinear_rows(predictor->host, &predictor->logits->shape, &out, &part, probabilities);
    softmax_rows(probabilities, 1, (int64_t)whole, classes, probabilities, NULL);
    const int head[] = { image->height, image->width, classes, size };
    fwrite(head, sizeof *head, 4, file);
    fwrite(image->pixels, 3, whole, file);
    fwrite(resized.pixels, 3, pixels, file);
    fwrite(predictor->labels, 1, whole, file);
    fwrite(probabilities, sizeof(float) * (size_t)classes, whole, file);
    image_free(&resized);
    free(input), free(probabilities);
    return true;
}

int main(int argc, char **argv) {
    Subject subject = { .network = NULL };
    Error error = { "" };
    if (argc < 4) return fprintf(stderr, "usage: answers WEIGHTS FOLDER IMAGE...\n"), 2;
    subject.network = network_open(argv[1], device_cpu(), &subject.card, &error);
    bool good = subject.network != NULL;
    for (int i = 3; good && i < argc; i++) {
        char path[4096];
        Image image = { .pixels = NULL };
        snprintf(path, sizeof path, "%s/%d.bin", argv[2], i - 3);
        FILE *file = fopen(path, "wb");
        if (!file) return perror(path), 2;
        good = image_read(argv[i], 3, &image, &error) && answer(&subject, &image, file, &error);
        good = fclose(file) == 0 && good;
        image_free(&image);
    }
    if (!good) fprintf(stderr, "answers: %s\n", error.text);
    return good ? 0 : 2;
}
