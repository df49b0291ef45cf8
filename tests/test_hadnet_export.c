/* The ONNX file of a network, parsed back: every node's inputs are defined before it, constants'
 * sizes fit their bytes, inputs, outputs and metadata are right. tests/export/onnx_check.py checks
 * that runtimes give the program's answers. */
#include "autograd/ops.h"
#include "hadnet/export/export_network.h"
#include "hadnet/export/exporter.h"
#include "hadnet/model/network_file.h"
#include "nn/safetensors.h"
#include "tests/leftovers.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A reader of protocol buffers ---- */

typedef struct Message {
    const uint8_t *at, *end;
} Message;

typedef struct Field {
    int number, kind;
    int64_t integer;
    Message bytes;
} Field;

static bool read_varint(Message *from, uint64_t *value) {
    *value = 0;
    for (int shift = 0; from->at < from->end && shift < 64; shift += 7) {
        const uint8_t byte = *from->at++;
        *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

/* The next field; false at the end. A field that is none fails the test. */
static bool next_field(Message *from, Field *field) {
    uint64_t tag = 0, value = 0;
    if (from->at == from->end) return false;
    bool good = read_varint(from, &tag) && read_varint(from, &value);
    *field =
        (Field){ .number = (int)(tag >> 3), .kind = (int)(tag & 7), .integer = (int64_t)value };
    good = good && (field->kind == 0 || field->kind == 2);
    if (good && field->kind == 2) {
        good = value <= (uint64_t)(from->end - from->at);
        field->bytes = (Message){ from->at, from->at + (good ? value : 0) };
        from->at = field->bytes.end;
    }
    if (!good) test_fail(__FILE__, __LINE__, "no protocol buffer");
    return good;
}

/* The field of that number, the `index`th of its kind. */
static bool find_field(Message from, int number, int index, Field *field) {
    while (next_field(&from, field))
        if (field->number == number && index-- == 0) return true;
    return false;
}

static int count_fields(Message from, int number) {
    Field field;
    int count = 0;
    while (next_field(&from, &field)) count += field.number == number;
    return count;
}

static bool is_text(Message message, const char *text) {
    const size_t length = (size_t)(message.end - message.at);
    return length == strlen(text) && !memcmp(message.at, text, length);
}

static bool same_text(Message a, Message b) {
    return a.end - a.at == b.end - b.at && !memcmp(a.at, b.at, (size_t)(a.end - a.at));
}

static Message message_of(Message from, int number, int index) {
    Field field;
    const Message nothing = { from.end, from.end };
    return find_field(from, number, index, &field) ? field.bytes : nothing;
}

static int64_t integer_of(Message from, int number) {
    Field field;
    return find_field(from, number, 0, &field) ? field.integer : -1;
}

/* ---- What is exported ---- */

typedef struct Case {
    const char *name, *architecture;
    bool hyperbolic;
    Reduction reduction;
    Ard ard;
    int gathers, scatters; /* GatherND, ScatterElements: channels per image */
    bool options;          /* of the head: a learnt curvature, a temperature, clipping */
} Case;

static const Case cases[] = {
    { "compact, hyperbolic, AFSS, ARD", "compact", true, REDUCTION_AFSS, ARD_RANK, 1, 0, false },
    { "compact, Euclidean, RLPR, zeros", "compact", false, REDUCTION_PROJECTION, ARD_ZERO, 1, 0,
      false },
    { "wrn50, hyperbolic, RDR, no ARD", "wrn50", true, REDUCTION_RANDOM, ARD_NONE, 0, 0, false },
    { "compact, top-down, ARD in place", "compact-top-down", true, REDUCTION_AFSS, ARD_MASK, 0, 1,
      false },
    { "compact, all of the head", "compact", true, REDUCTION_AFSS, ARD_RANK, 1, 0, true },
};

static Network *make_network(const Case *of) {
    const NetworkOptions options = { .architecture = architecture_find(of->architecture),
                                     .hyperbolic = of->hyperbolic,
                                     .curvature = 0.1,
                                     .learn_curvature = of->options,
                                     .temperature = of->options,
                                     .clip = of->options ? 2 : 0,
                                     .reduction = of->reduction,
                                     .ard = of->ard,
                                     .classes = 3,
                                     .seed = 7 };
    return network_create(&options, device_cpu(), NULL);
}

static ModelCard make_card(void) {
    char *names[] = { "background", "scratch", "dent" };
    return model_card_create(64, names, 3);
}

static uint8_t *read_bytes(const char *path, Message *message) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    const size_t size = (size_t)ftell(file);
    uint8_t *bytes = malloc(size + 1);
    rewind(file);
    if (fread(bytes, 1, size, file) != size) bytes[0] = 0;
    fclose(file);
    *message = (Message){ bytes, bytes + size };
    return bytes;
}

static const char *path_in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    return path;
}

/* Whether a name is an input, a constant, or given by one of the nodes before this one. */
static bool is_known(Message graph, Message name, int nodes) {
    for (int i = 0; i < count_fields(graph, 5); i++)
        if (same_text(message_of(message_of(graph, 5, i), 8, 0), name)) return true;
    for (int i = nodes - 1; i >= 0; i--) {
        const Message node = message_of(graph, 1, i);
        for (int j = 0; j < count_fields(node, 2); j++)
            if (same_text(message_of(node, 2, j), name)) return true;
    }
    return is_text(name, "image");
}

static void check_nodes(Message graph, const Case *of) {
    int transposed = 0, gathered = 0, scattered = 0;
    const int nodes = count_fields(graph, 1);
    CHECK(nodes > 100);
    for (int i = 0; i < nodes; i++) {
        const Message node = message_of(graph, 1, i);
        transposed += is_text(message_of(node, 4, 0), "Transpose");
        gathered += is_text(message_of(node, 4, 0), "GatherND");
        scattered += is_text(message_of(node, 4, 0), "ScatterElements");
        for (int j = 0; j < count_fields(node, 1); j++) {
            const Message name = message_of(node, 1, j);
            CHECK(name.at == name.end || is_known(graph, name, i));
        }
    }
    CHECK(transposed == 2); /* both of the image, as it is resized */
    CHECK(gathered == of->gathers && scattered == of->scatters);
}

static void check_constants(Message graph) {
    for (int i = 0; i < count_fields(graph, 5); i++) {
        const Message tensor = message_of(graph, 5, i), raw = message_of(tensor, 9, 0);
        int64_t elements = 1, type = integer_of(tensor, 2);
        Field size;
        for (int j = 0; find_field(tensor, 1, j, &size); j++) elements *= size.integer;
        CHECK(type == ONNX_FLOAT || type == ONNX_INT64);
        CHECK(raw.end - raw.at == elements * (type == ONNX_FLOAT ? 4 : 8));
    }
}

/* A size is a number, or the text that names it. */
static void check_value(Message value, const char *name, OnnxType type, int rank,
                        const char *const *sizes) {
    const Message tensor = message_of(message_of(value, 2, 0), 1, 0);
    const Message shape = message_of(tensor, 2, 0);
    CHECK(is_text(message_of(value, 1, 0), name));
    CHECK(integer_of(tensor, 1) == (int64_t)type);
    CHECK(count_fields(shape, 1) == rank);
    for (int i = 0; i < rank; i++) {
        const Message size = message_of(shape, 1, i);
        CHECK(is_text(message_of(size, 2, 0), sizes[i]) || integer_of(size, 1) == atoi(sizes[i]));
    }
}

static void check_metadata(Message model, const char *key, const char *value) {
    for (int i = 0; i < count_fields(model, 14); i++) {
        const Message pair = message_of(model, 14, i);
        if (!is_text(message_of(pair, 1, 0), key)) continue;
        CHECK(is_text(message_of(pair, 2, 0), value));
        return;
    }
    test_fail(__FILE__, __LINE__, "no metadata '%s'", key);
}

static void check_model(Message model, const Case *of) {
    const Message graph = message_of(model, 7, 0);
    CHECK(integer_of(model, 1) == ONNX_IR_VERSION);
    CHECK(integer_of(message_of(model, 8, 0), 2) == ONNX_OPSET);
    CHECK(count_fields(graph, 11) == 1 && count_fields(graph, 12) == 3);
    const char *const plain[] = { "N", "H", "W" };
    check_value(message_of(graph, 11, 0), "image", ONNX_UINT8, 4,
                (const char *[]){ "N", "H", "W", "3" });
    check_value(message_of(graph, 12, 0), "mask", ONNX_UINT8, 3, plain);
    check_value(message_of(graph, 12, 1), "score", ONNX_FLOAT, 3, plain);
    check_value(message_of(graph, 12, 2), "probabilities", ONNX_FLOAT, 4,
                (const char *[]){ "N", "3", "H", "W" });
    check_metadata(model, "class.2", "dent");
    check_metadata(model, "size", "64");
    check_metadata(model, "architecture", of->architecture);
    check_nodes(graph, of);
    check_constants(graph);
}

TEST(hadnet_export_onnx) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_case("hadnet_export_onnx: %s", cases[i].name);
        Network *network = make_network(&cases[i]);
        ModelCard card = make_card();
        Error error = { "" };
        Message model;
        const char *path = path_in_folder("model.onnx");
        CHECK(export_onnx(network, &card, path, &error));
        uint8_t *bytes = read_bytes(path, &model);
        CHECK(bytes != NULL);
        if (bytes) check_model(model, &cases[i]);
        free(bytes);
        network_destroy(network);
        model_card_free(&card);
    }
}

/* The bytes of the constant whose name begins so. */
static Message constant_of(Message graph, const char *name) {
    for (int i = 0; i < count_fields(graph, 5); i++) {
        const Message tensor = message_of(graph, 5, i), found = message_of(tensor, 8, 0);
        const size_t length = strlen(name);
        if ((size_t)(found.end - found.at) > length && !memcmp(found.at, name, length))
            return message_of(tensor, 9, 0);
    }
    test_fail(__FILE__, __LINE__, "no constant '%s'", name);
    return (Message){ NULL, NULL };
}

static float float_at(Message raw, int index) {
    const uint8_t *byte = raw.at + 4 * index;
    const uint32_t bits = (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
                          (uint32_t)byte[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static Parameter *fill(Network *network, const char *name, double first) {
    Parameter *parameter = parameter_find(network->parameters, name);
    for (int64_t i = 0; i < shape_elements(&parameter->value.shape); i++)
        parameter->value.data[i] = (real)(first + 0.01 * (double)i);
    return parameter;
}

/* y = (conv - mean) weight / sqrt(var + 1e-5) + bias, in the filters [out,in,kh,kw] and their
 * bias. */
TEST(hadnet_export_folds_batch_norms) {
    Network *network = make_network(&cases[0]);
    ModelCard card = make_card();
    Message model = { NULL, NULL };
    const char *path = path_in_folder("folded.onnx");
    const real *filters = fill(network, "backbone.stem.conv.0.weight", 0.5)->value.data;
    fill(network, "backbone.stem.bn.0.weight", 2);
    fill(network, "backbone.stem.bn.0.bias", -1);
    fill(network, "backbone.stem.bn.0.running_mean", 0.3);
    fill(network, "backbone.stem.bn.0.running_var", 4);
    CHECK(export_onnx(network, &card, path, NULL));
    uint8_t *bytes = read_bytes(path, &model);
    const Message graph = message_of(model, 7, 0);
    const Message weights = constant_of(graph, "backbone.stem.conv.0.weight#");
    const Message bias = constant_of(graph, "bias#"); /* of the first convolution */
    CHECK(weights.end - weights.at == 16 * 27 * 4);
    for (int o = 0; weights.at && o < 16; o++) {
        const double scale = (2 + 0.01 * o) / sqrt(4 + 0.01 * o + 1e-5);
        CHECK_NEAR((double)float_at(bias, o), -1 + 0.01 * o - (0.3 + 0.01 * o) * scale, 1e-6);
        for (int in = 0; in < 3; in++)
            for (int tap = 0; tap < 9; tap++)
                CHECK_NEAR((double)float_at(weights, o * 27 + in * 9 + tap),
                           (double)filters[o * 27 + tap * 3 + in] * scale, 1e-6);
    }
    free(bytes);
    network_destroy(network);
    model_card_free(&card);
}

/* Lengths of one byte and of several, and negative numbers in ten. */
TEST(hadnet_export_protobuf) {
    ProtobufWriter writer = { 0 };
    char text[301] = "";
    memset(text, 'x', 300);
    protobuf_integer(&writer, 1, -3);
    const size_t outer = protobuf_begin(&writer, 20), inner = protobuf_begin(&writer, 2);
    protobuf_text(&writer, 3, text);
    protobuf_end(&writer, inner);
    protobuf_integer(&writer, 4, 128);
    protobuf_end(&writer, outer);
    CHECK(!writer.failed);
    const Message all = { writer.bytes, writer.bytes + writer.size };
    const Message message = message_of(all, 20, 0);
    CHECK(integer_of(all, 1) == -3);
    CHECK(is_text(message_of(message_of(message, 2, 0), 3, 0), text));
    CHECK(integer_of(message, 4) == 128);
    CHECK(writer.size == 11 + 2 + 2 + 3 + 303 + 3);
    protobuf_free(&writer);
}

/* Where there is no rule there is no model. */
TEST(hadnet_export_refuses_unknown_ops) {
    CHECK(export_rule("conv2d") != NULL);
    CHECK(export_rule("conv2") == NULL);
    CHECK(export_rule("segmentation_loss") == NULL);
    CHECK(export_rule("") == NULL);
}

TEST(hadnet_export_leaves_the_old_file) {
    Network *network = make_network(&cases[0]);
    ModelCard card = make_card();
    Error error = { "" };
    const char *path = path_in_folder("old.onnx");
    FILE *file = fopen(path, "w");
    fputs("old", file);
    fclose(file);
    const struct rlimit before = file_size_limit(1000);
    CHECK(!export_onnx(network, &card, path, &error));
    file_size_limit_restore(before);
    CHECK(strstr(error.text, path) != NULL);
    CHECK(leftovers_beside(path) == 0);
    Message left;
    uint8_t *bytes = read_bytes(path, &left);
    CHECK(bytes && is_text(left, "old"));
    free(bytes);
    network_destroy(network);
    model_card_free(&card);
}

TEST(hadnet_export_torch) {
    Network *network = make_network(&cases[0]);
    ModelCard card = make_card();
    Error error = { "" };
    const char *path = path_in_folder("model.safetensors");
    const int count = network->parameters->count;
    CHECK(export_torch(network, &card, path, &error));
    SafetensorsFile *file = safetensors_open(path, &error);
    CHECK(file != NULL);
    if (file) {
        CHECK(file->count == count + 4 + 2);
        const SafetensorsEntry *filter = safetensors_find(file, "backbone.stem.conv.0.weight");
        CHECK(filter && filter->rank == 4 && filter->size[0] == 16 && filter->size[1] == 3);
        const SafetensorsEntry *selected = safetensors_find(file, "selected.1");
        CHECK(selected && selected->elements == 32);
        real numbers[32];
        if (selected && safetensors_read(file, selected, numbers, &error))
            for (int i = 0; i < 32; i++) CHECK(numbers[i] == (real)network->selected[1][i]);
        CHECK(safetensors_find(file, "normalise.std") != NULL);
    }
    safetensors_close(file);
    network_destroy(network);
    model_card_free(&card);
}
