/* export_network.c - walks a network's graph and writes ONNX, or PyTorch's safetensors. */
#include "hadnet/export/export_network.h"

#include "hadnet/export/exporter.h"
#include "nn/weights.h"
#include "tensor/file_writer.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- ONNX ---- */

static bool needed(const Exporter *exporter, const Node *node) {
    return exporter->readers[node->index] > 0;
}

/* Count the readers of every node that the outputs depend on. */
static void find_readers(Exporter *exporter, const Node *answer) {
    exporter->readers[answer->index] = 1;
    for (int i = answer->index; i >= 0; i--) {
        const Node *node = graph_node(exporter->graph, i);
        if (!node->op || !needed(exporter, node)) continue;
        for (int j = 0; j < node->input_count; j++) {
            exporter->readers[node->inputs[j]->index]++;
            exporter->reader[node->inputs[j]->index] = node;
        }
    }
    exporter->readers[answer->index]++; /* the outputs read it too */
}

/* A rule fetches constants itself, except those that it treats as an image. */
static bool export_node(Exporter *exporter, const Node *node, Error *error) {
    ExportRule *rule = export_rule(node->op->name);
    Error cause = { "" };
    if (!rule) return error_set(error, "the op '%s' cannot be exported to ONNX", node->op->name);
    if (exporter_is_constant(exporter, node->inputs[0]))
        error_set(&cause, "its first input is a constant");
    else if (rule(exporter, node, &cause))
        return true;
    return error_is_no_memory(&cause)
               ? (*error = cause, false)
               : error_set(error, "the op '%s' cannot be exported to ONNX: %s", node->op->name,
                           cause.text);
}

static bool export_nodes(Exporter *exporter, const ModelCard *card, const Node *answer,
                         Error *error) {
    find_readers(exporter, answer);
    onnx_begin(&exporter->onnx, "hadnet_export", "hadnet");
    exporter_set(exporter, exporter->image, export_image(exporter, card));
    for (int i = 0; i <= answer->index; i++) {
        const Node *node = graph_node(exporter->graph, i);
        if (!needed(exporter, node) || !node->op || exporter_is_constant(exporter, node)) continue;
        if (!export_node(exporter, node, error)) return false;
    }
    export_answers(exporter, exporter->values[answer->index], card);
    onnx_end(&exporter->onnx);
    return true;
}

/* Write the card, without the channel numbers, which the model holds, and describe the input and
 * the outputs. */
static void export_metadata(OnnxGraph *onnx, const Network *network, const ModelCard *card) {
    Metadata metadata = { 0 };
    model_card_write(card, network, &metadata);
    for (int i = 0; i < metadata.count; i++)
        if (strncmp(metadata.pairs[i].key, "selected.", 9))
            onnx_metadata(onnx, metadata.pairs[i].key, metadata.pairs[i].value);
    metadata_release(&metadata);
    onnx_metadata(onnx, "image", "uint8 [N,H,W,3], red, green, blue, of any size");
    onnx_metadata(
        onnx, "preprocessing",
        card->fit == FIT_LETTERBOX
            ? "within the model: continued to a square by its mirror images, resized to 'size' on "
              "either side (bilinear, half-pixel centres, antialiased, rounded to bytes), divided "
              "by 255, less 'mean', over 'std'; answers are those of the image's own pixels"
            : "within the model: resized to 'size' on either side (bilinear, half-pixel "
              "centres, antialiased, rounded to bytes), divided by 255, less 'mean', over 'std'");
    onnx_metadata(onnx, "mask", "uint8 [N,H,W], the number of the most probable class");
    onnx_metadata(onnx, "score", "float [N,H,W], 1 - probability of class.0");
    onnx_metadata(onnx, "probabilities", "float [N,classes,H,W]");
}

static bool write_file(const ProtobufWriter *writer, const char *path, Error *error) {
    FileWriter file;
    if (writer->failed) return error_no_memory(error, "%s: cannot be built", path);
    if (!file_writer_open(&file, path, error)) return false;
    file_writer_write(&file, writer->bytes, writer->size);
    return file_writer_finish(&file, true, error);
}

bool export_onnx(const Network *network, const ModelCard *card, const char *path, Error *error) {
    Graph *graph = graph_create(network->parameters->device, false);
    Node *image = graph_input(graph, "image", shape_4(1, card->size, card->size, 3));
    const Node *answer = network_logits(graph, network, image, false, NULL);
    const size_t count = (size_t)graph_node_count(graph);
    Exporter exporter = { .graph = graph,
                          .image = image,
                          .values = memory_new(count, sizeof *exporter.values),
                          .readers = memory_new(count, sizeof *exporter.readers),
                          .reader = memory_new(count, sizeof *exporter.reader) };
    Error cause = { "" };
    bool good = answer ? export_nodes(&exporter, card, answer, &cause)
                       : error_set(&cause, "%s", graph_error(graph));
    if (!good) error_set(error, "%s: %s", path, cause.text);
    if (good) export_metadata(&exporter.onnx, network, card);
    good = good && write_file(&exporter.onnx.writer, path, error);
    onnx_free(&exporter.onnx);
    free(exporter.values), free(exporter.readers), free(exporter.reader);
    graph_destroy(graph);
    return good;
}

/* ---- PyTorch ---- */

static void add_numbers(ParameterSet *set, const char *name, const real *numbers, int count) {
    Parameter *parameter = parameter_add(set, name, PARAMETER_BUFFER, shape_1(count));
    if (parameter->value.data) tensor_upload(&parameter->value, numbers);
}

static void add_selection(Network *network, int level) {
    const int kept = network->options.architecture->kept[level];
    real numbers[kept];
    for (int i = 0; i < kept; i++) numbers[i] = (real)network->selected[level][i];
    add_numbers(network->parameters, parameter_name_index("selected", level).text, numbers, kept);
}

bool export_torch(Network *network, const ModelCard *card, const char *path, Error *error) {
    ParameterSet *set = network->parameters;
    Metadata metadata = { 0 };
    real mean[3], deviation[3];
    for (int i = 0; i < 3; i++) {
        mean[i] = (real)card->normalisation.mean[i];
        deviation[i] = (real)card->normalisation.deviation[i];
    }
    model_card_write(card, network, &metadata);
    if (network->options.reduction != REDUCTION_PROJECTION)
        for (int i = 0; i < network->options.architecture->levels; i++) add_selection(network, i);
    add_numbers(set, "normalise.mean", mean, 3);
    add_numbers(set, "normalise.std", deviation, 3);
    const bool good = parameter_set_error(set) ? error_set(error, "%s", parameter_set_error(set))
                                               : weights_save(set, path, &metadata, error);
    metadata_release(&metadata);
    return good;
}
