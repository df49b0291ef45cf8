/* exporter.h - the state shared by all export rules: the library's graph, and the ONNX graph being
 * written.
 *
 * The library's values are [B,H,W,C] and ONNX's are [N,C,H,W], from the image's entry to the
 * outputs: no node in between transposes. Values of other ranks have one layout on both sides.
 *
 * A rule writes the ONNX nodes of one op and stores the name of their result in
 * exporter->values[node->index]. It fails for what it cannot write.
 */
#ifndef HADNET_EXPORTER_H
#define HADNET_EXPORTER_H

#include "autograd/graph.h"
#include "hadnet/export/onnx_graph.h"
#include "hadnet/model/model_card.h"

typedef struct Exporter {
    OnnxGraph onnx;
    const Graph *graph;
    const Node *image;
    OnnxValue *values;    /* per node of the graph; owned */
    int *readers;         /* per node: how many needed nodes read it; owned */
    const Node **reader;  /* per node: one of these; owned */
    OnnxValue shape;      /* of the image, letterboxed if the card says so: N, H, W, 3 */
    OnnxValue first, end; /* of a letterboxed image: its rows and columns, lists of two */
    OnnxValue batch;      /* N, as a list of one */
} Exporter;

typedef bool ExportRule(Exporter *exporter, const Node *node, Error *error);

/* The rule of an op; NULL: there is none. */
ExportRule *export_rule(const char *op);
ExportRule export_batch_norm, export_conv2d, export_linear, export_hyperplane_logits,
    export_euclidean_logits, export_feature_clip;

/* ---- For rules ---- */

static inline OnnxValue exporter_input(const Exporter *exporter, const Node *node, int input) {
    return exporter->values[node->inputs[input]->index];
}

/* Ends a rule: sets the node's value. */
static inline bool exporter_set(Exporter *exporter, const Node *node, OnnxValue value) {
    exporter->values[node->index] = value;
    return true;
}

/* Whether a value is known when the model is written: parameters, selected channels, and channels
 * gathered from these. */
bool exporter_is_constant(const Exporter *exporter, const Node *node);

/* The numbers of such a node; the caller frees. NULL: it is not constant, or out of memory. */
real *exporter_constant(const Exporter *exporter, const Node *node, Error *error);

/* A constant, converted; `values` is freed, and may be NULL if error says why. */
bool exporter_floats(Exporter *exporter, const char *name, real *values, int rank,
                     const int64_t *size, OnnxValue *constant, Error *error);

/* A number per channel, shaped to broadcast over the pixels of values of that rank. */
OnnxValue exporter_per_channel(Exporter *exporter, const char *name, const real *values,
                               int64_t channels, int rank);

/* Bilinear, with half-pixel centres. sizes: N, C, H, W. */
OnnxValue export_resize(OnnxGraph *onnx, OnnxValue x, OnnxValue sizes);

/* ---- Before and after the network ---- */

/* image: bytes [N,H,W,3] -> [N,side,side,3], in the middle of its square, whose size exporter->shape
 * then is; and back to the image's own rows and columns, x: [N,C,side,side]. */
OnnxValue export_letterbox(Exporter *exporter, OnnxValue image);
OnnxValue export_letterbox_undo(Exporter *exporter, OnnxValue x);

/* image: bytes [N,H,W,3] -> [N,3,size,size], whole numbers 0..255 as floats. */
OnnxValue export_image_resize(Exporter *exporter, OnnxValue image, int64_t size);

/* The image as bytes -> [N,3,size,size], resized and normalised as the card says. */
OnnxValue export_image(Exporter *exporter, const ModelCard *card);

/* Logits [N,classes,h,w] -> the outputs mask, score and probabilities, at the image's size. */
void export_answers(Exporter *exporter, OnnxValue logits, const ModelCard *card);

#endif
