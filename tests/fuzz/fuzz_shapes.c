/* fuzz_shapes.c - a file of LabelMe, and the drawing of its shapes. */
#include "data/shapes/labelme.h"
#include "tests/fuzz/fuzz.h"

enum { WIDTH = 40, HEIGHT = 30 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    Error error = { "" };
    Drawing *drawing = labelme_read(fuzz_file(bytes, count), &error);
    fuzz_judge(drawing != NULL, &error);
    if (!drawing) return 0;
    Image labels;
    for (int i = 0; i < drawing->count; i++) drawing->shapes[i].class = 1 + i % 3;
    const bool good = drawing_draw(drawing, WIDTH, HEIGHT, "input", &labels, &error);
    fuzz_judge(good, &error);
    for (size_t i = 0; good && i < image_bytes(&labels); i++)
        PROMISE(labels.pixels[i] <= 3, "label %d", labels.pixels[i]);
    image_free(&labels);
    drawing_free(drawing);
    return 0;
}
