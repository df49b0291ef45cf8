/* fuzz_coco.c - a file of COCO, and the drawing of its annotations. */
#include "data/shapes/coco.h"
#include "tests/fuzz/fuzz.h"

enum { WIDTH = 40, HEIGHT = 30 };

static void draw(const Drawing *drawing) {
    Error error = { "" };
    Image labels;
    for (int i = 0; i < drawing->count; i++) drawing->shapes[i].class = 1 + i % 3;
    const bool good = drawing_draw(drawing, WIDTH, HEIGHT, "input", &labels, &error);
    fuzz_judge(good, &error);
    for (size_t i = 0; good && i < image_bytes(&labels); i++)
        PROMISE(labels.pixels[i] <= 3, "label %d", labels.pixels[i]);
    image_free(&labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    Error error = { "" };
    Coco *coco = coco_read(fuzz_file(bytes, count), &error);
    fuzz_judge(coco != NULL, &error);
    for (int i = 0; coco && i < coco->image_count; i++) draw(coco->images[i].drawing);
    coco_free(coco);
    return 0;
}
