/* onnx_graph.c - writes ONNX messages. Field numbers are those of onnx.proto
 * (github.com/onnx/onnx, onnx/onnx.proto). */
#include "hadnet/export/onnx_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum { MODEL_METADATA = 14, OPSET_VERSION = 2, PAIR_KEY = 1, PAIR_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_CONSTANT = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_INTEGER = 3, ATTRIBUTE_TEXT = 4, ATTRIBUTE_INTEGERS = 8 };
enum { ATTRIBUTE_TYPE = 20, TYPE_INTEGER = 2, TYPE_TEXT = 3, TYPE_INTEGERS = 7 };
enum { TENSOR_SIZE = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_TENSOR = 1, VALUE_ELEMENT = 1, VALUE_SHAPE = 2 };
enum { SHAPE_SIZE = 1, SIZE_NUMBER = 1, SIZE_NAME = 2 };

void onnx_begin(OnnxGraph *graph, const char *producer, const char *name) {
    *graph = (OnnxGraph){ .count = 0 };
    ProtobufWriter *writer = &graph->writer;
    protobuf_integer(writer, MODEL_IR_VERSION, ONNX_IR_VERSION);
    protobuf_text(writer, MODEL_PRODUCER, producer);
    const size_t opset = protobuf_begin(writer, MODEL_OPSET);
    protobuf_integer(writer, OPSET_VERSION, ONNX_OPSET);
    protobuf_end(writer, opset);
    graph->begin = protobuf_begin(writer, MODEL_GRAPH);
    protobuf_text(writer, GRAPH_NAME, name);
}

void onnx_end(OnnxGraph *graph) {
    protobuf_end(&graph->writer, graph->begin);
}

void onnx_metadata(OnnxGraph *graph, const char *key, const char *value) {
    const size_t pair = protobuf_begin(&graph->writer, MODEL_METADATA);
    protobuf_text(&graph->writer, PAIR_KEY, key);
    protobuf_text(&graph->writer, PAIR_VALUE, value);
    protobuf_end(&graph->writer, pair);
}

void onnx_free(OnnxGraph *graph) {
    protobuf_free(&graph->writer);
}

/* ---- Inputs and outputs ---- */

static void describe(OnnxGraph *graph, int field, const char *name, OnnxType type, int rank,
                     const char *const *sizes) {
    ProtobufWriter *writer = &graph->writer;
    const size_t value = protobuf_begin(writer, field);
    protobuf_text(writer, VALUE_NAME, name);
    const size_t kind = protobuf_begin(writer, VALUE_TYPE);
    const size_t tensor = protobuf_begin(writer, VALUE_TENSOR);
    protobuf_integer(writer, VALUE_ELEMENT, type);
    const size_t shape = protobuf_begin(writer, VALUE_SHAPE);
    for (int i = 0; i < rank; i++) {
        char *end;
        const long long number = strtoll(sizes[i], &end, 10);
        const size_t size = protobuf_begin(writer, SHAPE_SIZE);
        if (*end)
            protobuf_text(writer, SIZE_NAME, sizes[i]);
        else
            protobuf_integer(writer, SIZE_NUMBER, number);
        protobuf_end(writer, size);
    }
    protobuf_end(writer, shape);
    protobuf_end(writer, tensor);
    protobuf_end(writer, kind);
    protobuf_end(writer, value);
}

static OnnxValue named(const char *name) {
    OnnxValue value;
    snprintf(value.name, sizeof value.name, "%s", name);
    return value;
}

OnnxValue onnx_input(OnnxGraph *graph, const char *name, OnnxType type, int rank,
                     const char *const *sizes) {
    describe(graph, GRAPH_INPUT, name, type, rank, sizes);
    return named(name);
}

/* ---- Nodes ---- */

OnnxAttribute onnx_integer(const char *name, int64_t value) {
    return (OnnxAttribute){ .name = name, .kind = ONNX_INTEGER, .integers = { value } };
}

OnnxAttribute onnx_integers(const char *name, int count, const int64_t *values) {
    OnnxAttribute attribute = { .name = name, .kind = ONNX_INTEGERS, .count = count };
    for (int i = 0; i < count; i++) attribute.integers[i] = values[i];
    return attribute;
}

OnnxAttribute onnx_text(const char *name, const char *text) {
    return (OnnxAttribute){ .name = name, .kind = ONNX_TEXT, .text = text };
}

static void put_attribute(ProtobufWriter *writer, const OnnxAttribute *attribute) {
    const int types[] = { TYPE_INTEGER, TYPE_INTEGERS, TYPE_TEXT };
    const size_t begin = protobuf_begin(writer, NODE_ATTRIBUTE);
    protobuf_text(writer, ATTRIBUTE_NAME, attribute->name);
    if (attribute->kind == ONNX_INTEGER)
        protobuf_integer(writer, ATTRIBUTE_INTEGER, attribute->integers[0]);
    if (attribute->kind == ONNX_TEXT) protobuf_text(writer, ATTRIBUTE_TEXT, attribute->text);
    for (int i = 0; i < attribute->count; i++)
        protobuf_integer(writer, ATTRIBUTE_INTEGERS, attribute->integers[i]);
    protobuf_integer(writer, ATTRIBUTE_TYPE, types[attribute->kind]);
    protobuf_end(writer, begin);
}

static void put_node(OnnxGraph *graph, const char *op, int inputs, const OnnxValue *input,
                     int attributes, const OnnxAttribute *attribute, int outputs,
                     const OnnxValue *output) {
    ProtobufWriter *writer = &graph->writer;
    const size_t node = protobuf_begin(writer, GRAPH_NODE);
    for (int i = 0; i < inputs; i++) protobuf_text(writer, NODE_INPUT, input[i].name);
    for (int i = 0; i < outputs; i++) protobuf_text(writer, NODE_OUTPUT, output[i].name);
    protobuf_text(writer, NODE_NAME, output[0].name);
    protobuf_text(writer, NODE_OP, op);
    for (int i = 0; i < attributes; i++) put_attribute(writer, &attribute[i]);
    protobuf_end(writer, node);
}

void onnx_node_outputs(OnnxGraph *graph, const char *op, int inputs, const OnnxValue *input,
                       int attributes, const OnnxAttribute *attribute, int outputs,
                       OnnxValue *output) {
    for (int i = 0; i < outputs; i++)
        snprintf(output[i].name, sizeof output[i].name, "%s.%d", op, graph->count++);
    put_node(graph, op, inputs, input, attributes, attribute, outputs, output);
}

OnnxValue onnx_node(OnnxGraph *graph, const char *op, int inputs, const OnnxValue *input,
                    int attributes, const OnnxAttribute *attribute) {
    OnnxValue output;
    onnx_node_outputs(graph, op, inputs, input, attributes, attribute, 1, &output);
    return output;
}

/* The output's name is the caller's, so a node that copies the value carries it. */
void onnx_output(OnnxGraph *graph, const char *name, OnnxValue value, OnnxType type, int rank,
                 const char *const *sizes) {
    const OnnxValue output = named(name);
    put_node(graph, "Identity", 1, &value, 0, NULL, 1, &output);
    describe(graph, GRAPH_OUTPUT, name, type, rank, sizes);
}

OnnxValue onnx_unary(OnnxGraph *graph, const char *op, OnnxValue a) {
    return onnx_node(graph, op, 1, &a, 0, NULL);
}

OnnxValue onnx_binary(OnnxGraph *graph, const char *op, OnnxValue a, OnnxValue b) {
    return onnx_node(graph, op, 2, (OnnxValue[]){ a, b }, 0, NULL);
}

OnnxValue onnx_where(OnnxGraph *graph, OnnxValue condition, OnnxValue a, OnnxValue b) {
    return onnx_node(graph, "Where", 3, (OnnxValue[]){ condition, a, b }, 0, NULL);
}

OnnxValue onnx_cast(OnnxGraph *graph, OnnxValue a, OnnxType type) {
    const OnnxAttribute to = onnx_integer("to", type);
    return onnx_node(graph, "Cast", 1, &a, 1, &to);
}

OnnxValue onnx_concat(OnnxGraph *graph, int count, const OnnxValue *values, int axis) {
    const OnnxAttribute attribute = onnx_integer("axis", axis);
    return onnx_node(graph, "Concat", count, values, 1, &attribute);
}

/* ---- Constants ---- */

static size_t begin_constant(OnnxGraph *graph, const char *name, OnnxType type, int rank,
                             const int64_t *size, OnnxValue *value) {
    ProtobufWriter *writer = &graph->writer;
    snprintf(value->name, sizeof value->name, "%.160s#%d", name, graph->count++);
    const size_t tensor = protobuf_begin(writer, GRAPH_CONSTANT);
    for (int i = 0; i < rank; i++) protobuf_integer(writer, TENSOR_SIZE, size[i]);
    protobuf_integer(writer, TENSOR_TYPE, type);
    protobuf_text(writer, TENSOR_NAME, value->name);
    return tensor;
}

static size_t elements(int rank, const int64_t *size) {
    size_t count = 1;
    for (int i = 0; i < rank; i++) count *= (size_t)size[i];
    return count;
}

OnnxValue onnx_floats(OnnxGraph *graph, const char *name, const float *values, int rank,
                      const int64_t *size) {
    OnnxValue value;
    const size_t tensor = begin_constant(graph, name, ONNX_FLOAT, rank, size, &value);
    protobuf_raw_floats(&graph->writer, TENSOR_RAW, values, elements(rank, size));
    protobuf_end(&graph->writer, tensor);
    return value;
}

OnnxValue onnx_whole_numbers(OnnxGraph *graph, const char *name, const int64_t *values, int rank,
                             const int64_t *size) {
    OnnxValue value;
    const size_t tensor = begin_constant(graph, name, ONNX_INT64, rank, size, &value);
    protobuf_raw_integers(&graph->writer, TENSOR_RAW, values, elements(rank, size));
    protobuf_end(&graph->writer, tensor);
    return value;
}

OnnxValue onnx_number(OnnxGraph *graph, float value) {
    return onnx_floats(graph, "number", &value, 0, NULL);
}

OnnxValue onnx_whole_number(OnnxGraph *graph, int64_t value) {
    return onnx_whole_numbers(graph, "number", &value, 0, NULL);
}

OnnxValue onnx_list(OnnxGraph *graph, int count, const int64_t *values) {
    const int64_t size = count;
    return onnx_whole_numbers(graph, "list", values, 1, &size);
}
