/* onnx_graph.h - an ONNX model, written node by node (github.com/onnx/onnx, docs/IR.md).
 *
 *     OnnxGraph graph;
 *     onnx_begin(&graph, "hadnet_export", "network");
 *     OnnxValue image = onnx_input(&graph, "image", ONNX_UINT8, 4, (const char *[]){ "N", ... });
 *     OnnxValue y = onnx_binary(&graph, "Mul", image, onnx_number(&graph, 2));
 *     onnx_output(&graph, "y", y, ONNX_FLOAT, ...);
 *     onnx_end(&graph);
 *
 * A value is the name of a constant or of a node's output. Nodes are written in the order in which
 * they are added, which must be an order that ONNX accepts. An allocation failure is remembered by
 * the writer; check it once, at the end.
 */
#ifndef HADNET_ONNX_GRAPH_H
#define HADNET_ONNX_GRAPH_H

#include "hadnet/export/protobuf_writer.h"

enum { ONNX_IR_VERSION = 8, ONNX_OPSET = 17, ONNX_MAX_RANK = 4 };

/* Numbers of TensorProto.DataType. */
typedef enum OnnxType { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT64 = 7 } OnnxType;

typedef struct OnnxValue {
    char name[192]; /* "": an omitted optional input */
} OnnxValue;

/* One attribute of a node. */
typedef struct OnnxAttribute {
    const char *name;
    enum { ONNX_INTEGER, ONNX_INTEGERS, ONNX_TEXT } kind;
    int64_t integers[ONNX_MAX_RANK];
    int count;
    const char *text;
} OnnxAttribute;

typedef struct OnnxGraph {
    ProtobufWriter writer;
    size_t begin; /* of the GraphProto */
    int count;    /* values named so far */
} OnnxGraph;

/* The model's start, up to its first node; and its end, after which only onnx_metadata may
 * follow. */
void onnx_begin(OnnxGraph *graph, const char *producer, const char *name);
void onnx_end(OnnxGraph *graph);
void onnx_metadata(OnnxGraph *graph, const char *key, const char *value);
void onnx_free(OnnxGraph *graph);

/* Sizes: a number such as "3", or a name for one that is free. onnx_output names a value. */
OnnxValue onnx_input(OnnxGraph *graph, const char *name, OnnxType type, int rank,
                     const char *const *sizes);
void onnx_output(OnnxGraph *graph, const char *name, OnnxValue value, OnnxType type, int rank,
                 const char *const *sizes);

OnnxAttribute onnx_integer(const char *name, int64_t value);
OnnxAttribute onnx_integers(const char *name, int count, const int64_t *values);
OnnxAttribute onnx_text(const char *name, const char *text);

/* A node: its first output, or its first `outputs` ones. */
OnnxValue onnx_node(OnnxGraph *graph, const char *op, int inputs, const OnnxValue *input,
                    int attributes, const OnnxAttribute *attribute);
void onnx_node_outputs(OnnxGraph *graph, const char *op, int inputs, const OnnxValue *input,
                       int attributes, const OnnxAttribute *attribute, int outputs,
                       OnnxValue *output);
OnnxValue onnx_unary(OnnxGraph *graph, const char *op, OnnxValue a);
OnnxValue onnx_binary(OnnxGraph *graph, const char *op, OnnxValue a, OnnxValue b);
OnnxValue onnx_where(OnnxGraph *graph, OnnxValue condition, OnnxValue a, OnnxValue b);
OnnxValue onnx_cast(OnnxGraph *graph, OnnxValue a, OnnxType type);
OnnxValue onnx_concat(OnnxGraph *graph, int count, const OnnxValue *values, int axis);

/* Constants. A number is appended to make the name unique; "" is allowed. */
OnnxValue onnx_floats(OnnxGraph *graph, const char *name, const float *values, int rank,
                      const int64_t *size);
OnnxValue onnx_whole_numbers(OnnxGraph *graph, const char *name, const int64_t *values, int rank,
                             const int64_t *size);
OnnxValue onnx_number(OnnxGraph *graph, float value);         /* a scalar */
OnnxValue onnx_whole_number(OnnxGraph *graph, int64_t value); /* a scalar */
OnnxValue onnx_list(OnnxGraph *graph, int count, const int64_t *values);

#endif
