/* export_letterbox.c - the square around an image that is not square (data/image/resize.h) in ONNX,
 * for images of any size: rows and columns of the image, and of its mirror images, are gathered. */
#include "hadnet/export/exporter.h"

static OnnxValue gather(OnnxGraph *onnx, OnnxValue x, OnnxValue indices, int axis) {
    const OnnxAttribute attribute = onnx_integer("axis", axis);
    return onnx_node(onnx, "Gather", 2, (OnnxValue[]){ x, indices }, 1, &attribute);
}

/* The pixels of an axis of `length` pixels that fill `side` pixels, the first at `start` of them.
 * They repeat after 2 length; side times that is added, as Mod of negative numbers differs between
 * runtimes. */
static OnnxValue mirrored(OnnxGraph *onnx, OnnxValue side, OnnxValue start, OnnxValue length) {
    const OnnxValue one = onnx_whole_number(onnx, 1);
    const OnnxValue period = onnx_binary(onnx, "Add", length, length);
    const OnnxValue range[] = { onnx_whole_number(onnx, 0), side, one };
    OnnxValue at = onnx_node(onnx, "Range", 3, range, 0, NULL);
    at = onnx_binary(onnx, "Sub", at, start);
    at = onnx_binary(onnx, "Add", at, onnx_binary(onnx, "Mul", side, period));
    at = onnx_binary(onnx, "Mod", at, period);
    const OnnxValue last = onnx_binary(onnx, "Sub", period, one);
    return onnx_binary(onnx, "Min", at, onnx_binary(onnx, "Sub", last, at));
}

OnnxValue export_letterbox(Exporter *exporter, OnnxValue image) {
    OnnxGraph *onnx = &exporter->onnx;
    const int64_t axes[] = { 1, 2 };
    const OnnxValue sides = gather(onnx, exporter->shape, onnx_list(onnx, 2, axes), 0);
    OnnxValue length[2], side;
    for (int i = 0; i < 2; i++) length[i] = gather(onnx, sides, onnx_whole_number(onnx, i), 0);
    side = onnx_binary(onnx, "Max", length[0], length[1]);
    const OnnxValue around = onnx_binary(onnx, "Sub", side, sides);
    exporter->first = onnx_binary(onnx, "Div", around, onnx_whole_number(onnx, 2));
    exporter->end = onnx_binary(onnx, "Add", exporter->first, sides);
    for (int i = 0; i < 2; i++) {
        const OnnxValue start = gather(onnx, exporter->first, onnx_whole_number(onnx, i), 0);
        image = gather(onnx, image, mirrored(onnx, side, start, length[i]), 1 + i);
    }
    exporter->shape = onnx_unary(onnx, "Shape", image);
    return image;
}

OnnxValue export_letterbox_undo(Exporter *exporter, OnnxValue x) {
    const int64_t axes[] = { 2, 3 };
    const OnnxValue in[] = { x, exporter->first, exporter->end,
                             onnx_list(&exporter->onnx, 2, axes) };
    return onnx_node(&exporter->onnx, "Slice", 4, in, 0, NULL);
}
