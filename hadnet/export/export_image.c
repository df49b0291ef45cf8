/* export_image.c - the ONNX nodes before the network (normalisation) and after it (the outputs). */
#include "hadnet/export/exporter.h"

#include <stdio.h>

OnnxValue export_image(Exporter *exporter, const ModelCard *card) {
    OnnxGraph *onnx = &exporter->onnx;
    const OnnxValue image =
        onnx_input(onnx, "image", ONNX_UINT8, 4, (const char *[]){ "N", "H", "W", "3" });
    exporter->shape = onnx_unary(onnx, "Shape", image);
    const int64_t first = 0;
    exporter->batch = onnx_binary(onnx, "Gather", exporter->shape, onnx_list(onnx, 1, &first));
    OnnxValue x = card->fit == FIT_LETTERBOX ? export_letterbox(exporter, image) : image;
    x = export_image_resize(exporter, x, card->size);
    const int64_t size[] = { 3, 1, 1 };
    const Normalisation *by = &card->normalisation;
    x = onnx_binary(onnx, "Mul", x, onnx_number(onnx, 1 / 255.0f));
    x = onnx_binary(onnx, "Sub", x, onnx_floats(onnx, "image.mean", by->mean, 3, size));
    return onnx_binary(onnx, "Div", x, onnx_floats(onnx, "image.std", by->deviation, 3, size));
}

void export_answers(Exporter *exporter, OnnxValue logits, const ModelCard *card) {
    OnnxGraph *onnx = &exporter->onnx;
    const int64_t count = card->classes, sides[] = { 1, 2 };
    char text[24];
    snprintf(text, sizeof text, "%d", card->classes);
    const OnnxValue sizes = onnx_concat(
        onnx, 3,
        (OnnxValue[]){ exporter->batch, onnx_list(onnx, 1, &count),
                       onnx_binary(onnx, "Gather", exporter->shape, onnx_list(onnx, 2, sides)) },
        0);
    OnnxValue resized = export_resize(onnx, logits, sizes);
    if (card->fit == FIT_LETTERBOX) resized = export_letterbox_undo(exporter, resized);
    const OnnxAttribute attributes[] = { onnx_integer("axis", 1), onnx_integer("keepdims", 0) };
    const OnnxValue probabilities = onnx_node(onnx, "Softmax", 1, &resized, 1, attributes);
    const OnnxValue label = onnx_node(onnx, "ArgMax", 1, &probabilities, 2, attributes);
    const OnnxValue background =
        onnx_node(onnx, "Gather", 2, (OnnxValue[]){ probabilities, onnx_whole_number(onnx, 0) }, 1,
                  attributes);
    const OnnxValue score = onnx_binary(onnx, "Sub", onnx_number(onnx, 1), background);
    const char *const plain[] = { "N", "H", "W" }, *const each[] = { "N", text, "H", "W" };
    onnx_output(onnx, "mask", onnx_cast(onnx, label, ONNX_UINT8), ONNX_UINT8, 3, plain);
    onnx_output(onnx, "score", score, ONNX_FLOAT, 3, plain);
    onnx_output(onnx, "probabilities", probabilities, ONNX_FLOAT, 4, each);
}
