/* What lies before and behind the network: the image's way in, and the answers.
 *
 * The image is resized as data/image/resize.h does it, for hadnet_predict: along width, then along
 * height, by a triangle filter with half-pixel centres that is as wide as the shrinking factor, and
 * rounded to bytes. ONNX's Resize knows this filter from opset 18 on, and its runtimes not all
 * alike. So it is two products of matrices here, whose elements are worked out in whole numbers:
 * over 2 target, pixel k of `source` lies |2 target k + target - (2 i + 1) source| from the centre
 * of pixel i of `target`, and the filter reaches 2 max(source, target) far.
 */
#include "hadnet/export/exporter.h"
#include "tensor/memory.h"

#include <stdio.h>
#include <stdlib.h>

static OnnxValue pick(OnnxGraph *onnx, OnnxValue list, int64_t place) {
    return onnx_binary(onnx, "Gather", list, onnx_whole_number(onnx, place));
}

/* The weights of the filter: [target, source], or its transpose [source, target]. source: a scalar
 * of the graph. */
static OnnxValue filter_matrix(OnnxGraph *onnx, OnnxValue source, int64_t target, bool transposed) {
    int64_t *centres = memory_new((size_t)target, sizeof *centres);
    for (int64_t i = 0; i < target; i++) centres[i] = 2 * i + 1;
    const int64_t row[] = { 1, target }, column[] = { target, 1 };
    const OnnxValue odd =
        onnx_whole_numbers(onnx, "centres", centres, 2, transposed ? row : column);
    free(centres);
    const OnnxValue one = onnx_whole_number(onnx, 1), zero = onnx_whole_number(onnx, 0);
    const OnnxValue twice = onnx_whole_number(onnx, 2 * target);
    OnnxValue pixel = onnx_node(onnx, "Range", 3, (OnnxValue[]){ zero, source, one }, 0, NULL);
    const int64_t axis = transposed ? 1 : 0;
    pixel = onnx_binary(onnx, "Unsqueeze", pixel, onnx_list(onnx, 1, &axis));
    pixel = onnx_binary(onnx, "Add", onnx_binary(onnx, "Mul", pixel, twice),
                        onnx_whole_number(onnx, target));
    const OnnxValue centre = onnx_binary(onnx, "Mul", odd, source);
    const OnnxValue distance = onnx_unary(onnx, "Abs", onnx_binary(onnx, "Sub", pixel, centre));
    const OnnxValue wider = onnx_binary(onnx, "Max", source, onnx_whole_number(onnx, target));
    const OnnxValue reach = onnx_binary(onnx, "Mul", wider, onnx_whole_number(onnx, 2));
    const OnnxValue share =
        onnx_binary(onnx, "Max", onnx_binary(onnx, "Sub", reach, distance), zero);
    const int64_t pixels_axis = transposed ? 0 : 1;
    const OnnxValue sum = onnx_binary(onnx, "ReduceSum", share, onnx_list(onnx, 1, &pixels_axis));
    return onnx_binary(onnx, "Div", onnx_cast(onnx, share, ONNX_FLOAT),
                       onnx_cast(onnx, sum, ONNX_FLOAT));
}

/* One more row before the others, or column, all of one value. */
static OnnxValue put_first(OnnxGraph *onnx, OnnxValue matrix, int rank, int axis, float value) {
    int64_t pads[2 * ONNX_MAX_RANK] = { 0 };
    pads[axis] = 1;
    const OnnxValue in[] = { matrix, onnx_list(onnx, 2 * rank, pads), onnx_number(onnx, value) };
    return onnx_node(onnx, "Pad", 3, in, 0, NULL);
}

/* x: [N,3,H,W] -> [N,3,size,size], whole numbers up to 255. The 1/2 that rounds is the first
 * summand of the second product, as it is for data/image/resize.c: the sums then round alike. */
static OnnxValue resize_image(Exporter *exporter, OnnxValue x, int64_t size) {
    OnnxGraph *onnx = &exporter->onnx;
    const OnnxValue height = pick(onnx, exporter->shape, 1), width = pick(onnx, exporter->shape, 2);
    const OnnxValue across = filter_matrix(onnx, width, size, true);
    const OnnxValue down = filter_matrix(onnx, height, size, false);
    const OnnxValue rows = onnx_binary(onnx, "MatMul", x, across);
    x = onnx_binary(onnx, "MatMul", put_first(onnx, down, 2, 1, 0.5f),
                    put_first(onnx, rows, 4, 2, 1));
    return onnx_unary(onnx, "Floor", onnx_binary(onnx, "Min", x, onnx_number(onnx, 255)));
}

OnnxValue export_image(Exporter *exporter, const ModelCard *card) {
    OnnxGraph *onnx = &exporter->onnx;
    const OnnxValue image =
        onnx_input(onnx, "image", ONNX_UINT8, 4, (const char *[]){ "N", "H", "W", "3" });
    exporter->shape = onnx_unary(onnx, "Shape", image);
    const int64_t first = 0;
    exporter->batch = onnx_binary(onnx, "Gather", exporter->shape, onnx_list(onnx, 1, &first));
    const OnnxAttribute order = onnx_integers("perm", 4, (int64_t[]){ 0, 3, 1, 2 });
    const OnnxValue turned = onnx_node(onnx, "Transpose", 1, &image, 1, &order);
    OnnxValue x = resize_image(exporter, onnx_cast(onnx, turned, ONNX_FLOAT), card->size);
    const int64_t size[] = { 3, 1, 1 };
    const Normalisation *by = &card->normalisation;
    x = onnx_binary(onnx, "Mul", x, onnx_number(onnx, 1 / 255.0f));
    x = onnx_binary(onnx, "Sub", x, onnx_floats(onnx, "image.mean", by->mean, 3, size));
    return onnx_binary(onnx, "Div", x, onnx_floats(onnx, "image.std", by->deviation, 3, size));
}

void export_answers(Exporter *exporter, OnnxValue logits, int classes) {
    OnnxGraph *onnx = &exporter->onnx;
    const int64_t count = classes, sides[] = { 1, 2 };
    char text[24];
    snprintf(text, sizeof text, "%d", classes);
    const OnnxValue sizes = onnx_concat(
        onnx, 3,
        (OnnxValue[]){ exporter->batch, onnx_list(onnx, 1, &count),
                       onnx_binary(onnx, "Gather", exporter->shape, onnx_list(onnx, 2, sides)) },
        0);
    const OnnxValue resized = export_resize(onnx, logits, sizes);
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
