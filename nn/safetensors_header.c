/* safetensors_header.c - parses a header and checks its list of tensors. */
#include "nn/safetensors.h"
#include "tensor/json.h"
#include "tensor/memory.h"

#include <stdlib.h>
#include <string.h>

/* Messages truncate names from a file to a readable length. */
#define NAME "tensor '%.200s'"

/* ---- One tensor ---- */

static void parse_format(JsonReader *reader, SafetensorsEntry *entry) {
    char *name = json_string(reader);
    if (!name) return;
    entry->format = number_format_find(name);
    if (!entry->format) json_fail(reader, NAME ": unknown dtype '%.40s'", entry->name, name);
    free(name);
}

static void parse_shape(JsonReader *reader, SafetensorsEntry *entry) {
    entry->elements = 1;
    entry->rank = 0;
    json_open(reader, '[');
    while (json_next_element(reader)) {
        const uint64_t size = json_unsigned(reader);
        if (entry->rank == SAFETENSORS_MAX_RANK) {
            json_fail(reader, NAME ": more than %d dimensions", entry->name, SAFETENSORS_MAX_RANK);
            return;
        }
        if (size > INT64_MAX ||
            __builtin_mul_overflow(entry->elements, (int64_t)size, &entry->elements))
            json_fail(reader, NAME ": its shape is too large", entry->name);
        entry->size[entry->rank++] = (int64_t)size;
    }
}

static void parse_offsets(JsonReader *reader, SafetensorsEntry *entry) {
    uint64_t offsets[2] = { 0, 0 };
    int count = 0;
    json_open(reader, '[');
    for (; json_next_element(reader); count++) {
        const uint64_t offset = json_unsigned(reader);
        if (count < 2) offsets[count] = offset;
    }
    if (count != 2) json_fail(reader, NAME ": data_offsets needs 2 numbers", entry->name);
    entry->begin = offsets[0];
    entry->end = offsets[1];
}

/* The fields of one tensor, each exactly once, in any order. */
static void parse_entry(JsonReader *reader, SafetensorsEntry *entry) {
    static const char *const fields[] = { "dtype", "shape", "data_offsets" };
    static void (*const parsers[])(JsonReader *, SafetensorsEntry *) = { parse_format, parse_shape,
                                                                         parse_offsets };
    bool seen[3] = { false };
    char *key;
    json_open(reader, '{');
    while ((key = json_next_key(reader))) {
        int field = 0;
        while (field < 3 && strcmp(key, fields[field]) != 0) field++;
        if (field == 3)
            json_fail(reader, NAME ": unknown field '%.40s'", entry->name, key);
        else if (seen[field])
            json_fail(reader, NAME ": two fields '%s'", entry->name, fields[field]);
        else
            parsers[field](reader, entry);
        if (field < 3) seen[field] = true;
        free(key);
    }
    for (int field = 0; field < 3; field++)
        if (!seen[field]) json_fail(reader, NAME ": no field '%s'", entry->name, fields[field]);
}

static void check_entry(JsonReader *reader, const SafetensorsEntry *entry, uint64_t data_bytes) {
    int64_t bytes;
    if (reader->failed) return;
    if (entry->begin > entry->end || entry->end > data_bytes)
        json_fail(reader, NAME ": bytes %llu to %llu of %llu", entry->name,
                  (unsigned long long)entry->begin, (unsigned long long)entry->end,
                  (unsigned long long)data_bytes);
    else if (__builtin_mul_overflow(entry->elements, (int64_t)entry->format->bytes, &bytes) ||
             (uint64_t)bytes != entry->end - entry->begin)
        json_fail(reader, NAME ": %lld numbers of %s do not fill %llu bytes", entry->name,
                  (long long)entry->elements, entry->format->name,
                  (unsigned long long)(entry->end - entry->begin));
}

/* ---- The header ---- */

static void parse_metadata(JsonReader *reader, Metadata *metadata) {
    char *key;
    json_open(reader, '{');
    while ((key = json_next_key(reader))) {
        char *value = json_string(reader);
        if (value && metadata_get(metadata, key))
            json_fail(reader, "metadata '%.200s' is there twice", key);
        else if (value && metadata->count == METADATA_MAX_COUNT)
            json_fail(reader, "more than %d metadata", METADATA_MAX_COUNT);
        else if (value)
            metadata_set(metadata, key, value);
        free(value);
        free(key);
    }
}

/* Takes the name over. */
static SafetensorsEntry *add_entry(SafetensorsFile *file, int *capacity, char *name) {
    if (file->count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        file->entries = memory_resize(file->entries, (size_t)*capacity, sizeof *file->entries);
    }
    SafetensorsEntry *entry = &file->entries[file->count++];
    *entry = (SafetensorsEntry){ .name = name };
    return entry;
}

static void parse_members(JsonReader *reader, SafetensorsFile *file, uint64_t data_bytes) {
    bool has_metadata = false;
    int capacity = 0;
    char *key;
    json_open(reader, '{');
    while ((key = json_next_key(reader))) {
        if (!strcmp(key, "__metadata__")) {
            free(key);
            if (has_metadata) json_fail(reader, "two fields '__metadata__'");
            has_metadata = true;
            parse_metadata(reader, &file->metadata);
            continue;
        }
        SafetensorsEntry *entry = add_entry(file, &capacity, key);
        if (file->count > SAFETENSORS_MAX_TENSORS)
            json_fail(reader, "more than %d tensors", SAFETENSORS_MAX_TENSORS);
        parse_entry(reader, entry);
        check_entry(reader, entry, data_bytes);
    }
    json_finish(reader);
}

static int by_offset(const void *a, const void *b) {
    const SafetensorsEntry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const SafetensorsEntry *)a)->name, ((const SafetensorsEntry *)b)->name);
}

/* Tensors are contiguous, without overlap or gap, and fill the data. */
static bool check_layout(SafetensorsFile *file, uint64_t data_bytes, Error *error) {
    uint64_t end = 0;
    if (file->count) qsort(file->entries, (size_t)file->count, sizeof *file->entries, by_offset);
    for (int i = 0; i < file->count; i++) {
        const SafetensorsEntry *entry = &file->entries[i];
        if (entry->begin != end)
            return error_set(error, NAME " begins at byte %llu; expected %llu, where '%.200s' ends",
                             entry->name, (unsigned long long)entry->begin, (unsigned long long)end,
                             i ? file->entries[i - 1].name : "header");
        end = entry->end;
    }
    return end == data_bytes ||
           error_set(error, "%llu bytes behind the header; its tensors fill %llu",
                     (unsigned long long)data_bytes, (unsigned long long)end);
}

static bool check_names(SafetensorsFile *file, Error *error) {
    if (file->count) qsort(file->entries, (size_t)file->count, sizeof *file->entries, by_name);
    for (int i = 1; i < file->count; i++)
        if (!strcmp(file->entries[i - 1].name, file->entries[i].name))
            return error_set(error, NAME " is there twice", file->entries[i].name);
    return true;
}

bool safetensors_parse(SafetensorsFile *file, const char *header, size_t length,
                       uint64_t data_bytes, Error *error) {
    JsonReader reader = json_reader(header, length, error);
    parse_members(&reader, file, data_bytes);
    return !reader.failed && check_layout(file, data_bytes, error) && check_names(file, error);
}

const SafetensorsEntry *safetensors_find(const SafetensorsFile *file, const char *name) {
    const SafetensorsEntry wanted = { .name = (char *)name };
    if (!file->count) return NULL;
    return bsearch(&wanted, file->entries, (size_t)file->count, sizeof wanted, by_name);
}
