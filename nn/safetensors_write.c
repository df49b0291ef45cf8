/* safetensors_write.c - writing a safetensors file. */
#include "nn/safetensors.h"
#include "tensor/file_writer.h"
#include "tensor/json.h"
#include "tensor/utf8.h"

#include <stdlib.h>
#include <string.h>

static int64_t source_elements(const SafetensorsSource *source) {
    int64_t elements = 1;
    for (int i = 0; i < source->rank; i++) elements *= source->size[i];
    return elements;
}

static void append_metadata(JsonText *header, const Metadata *metadata) {
    json_append(header, "\"__metadata__\":{");
    for (int i = 0; i < metadata->count; i++) {
        if (i) json_append(header, ",");
        json_append_string(header, metadata->pairs[i].key);
        json_append(header, ":");
        json_append_string(header, metadata->pairs[i].value);
    }
    json_append(header, "}");
}

/* Returns where the tensor's bytes end. */
static uint64_t append_source(JsonText *header, const SafetensorsSource *source, uint64_t begin) {
    const NumberFormat *format = number_format_of_real();
    const uint64_t end = begin + (uint64_t)source_elements(source) * (uint64_t)format->bytes;
    json_append_string(header, source->name);
    json_append(header, ":{\"dtype\":\"%s\",\"shape\":[", format->name);
    for (int i = 0; i < source->rank; i++)
        json_append(header, "%s%lld", i ? "," : "", (long long)source->size[i]);
    json_append(header, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)begin,
                (unsigned long long)end);
    return end;
}

/* Padded with spaces, so that the numbers start at a multiple of 8 in the file. */
static JsonText make_header(const SafetensorsSource *sources, int count, const Metadata *metadata) {
    JsonText header = { 0 };
    uint64_t offset = 0;
    json_append(&header, "{");
    if (metadata && metadata->count) append_metadata(&header, metadata);
    for (int i = 0; i < count; i++) {
        if (header.length > 1) json_append(&header, ",");
        offset = append_source(&header, &sources[i], offset);
    }
    json_append(&header, "}");
    while (header.length % 8) json_append(&header, " ");
    return header;
}

/* Text from a user (class names, ...) may be any bytes; the file must be UTF-8. */
static bool check_text(const char *path, const Metadata *metadata, Error *error) {
    for (int i = 0; metadata && i < metadata->count; i++) {
        const MetadataPair *pair = &metadata->pairs[i];
        if (!utf8_is_valid(pair->key, strlen(pair->key)) ||
            !utf8_is_valid(pair->value, strlen(pair->value)))
            return error_set(error, "%s: cannot write: metadata '%s' is not UTF-8", path,
                             pair->key);
    }
    return true;
}

bool safetensors_write(const char *path, const SafetensorsSource *sources, int count,
                       const Metadata *metadata, SafetensorsFetch fetch, void *context,
                       Error *error) {
    FileWriter writer;
    int64_t largest = 0;
    for (int i = 0; i < count; i++)
        if (source_elements(&sources[i]) > largest) largest = source_elements(&sources[i]);
    if (!check_text(path, metadata, error)) return false;
    real *numbers = malloc((size_t)largest * sizeof *numbers + 1);
    if (!numbers) return error_no_memory(error, "%s: cannot write", path);
    if (!file_writer_open(&writer, path, error)) {
        free(numbers);
        return false;
    }
    writer.durable = true; /* days of work may be in it */
    JsonText header = make_header(sources, count, metadata);
    const uint64_t length = header.length;
    file_writer_write(&writer, &length, sizeof length);
    file_writer_write(&writer, header.bytes, header.length);
    for (int i = 0; i < count; i++) {
        fetch(context, i, numbers);
        file_writer_write(&writer, numbers, (size_t)source_elements(&sources[i]) * sizeof *numbers);
    }
    free(header.bytes);
    free(numbers);
    return file_writer_finish(&writer, true, error);
}
