/* weights.c - matching the tensors of a file with the parameters of a model. */
#include "nn/weights.h"

#include "nn/filter_layout.h"
#include "nn/safetensors.h"
#include "tensor/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Saving ---- */

typedef struct Fetch {
    const ParameterSet *set;
    real *memory; /* one parameter with its layout in memory */
} Fetch;

static void fetch(void *context, int index, real *numbers) {
    const Fetch *from = context;
    const Tensor *value = &from->set->items[index]->value;
    tensor_download(value, from->memory);
    filter_to_file(&value->shape, from->memory, numbers);
}

bool weights_save(const ParameterSet *set, const char *path, const Metadata *metadata,
                  Error *error) {
    SafetensorsSource *sources = memory_new((size_t)set->count, sizeof *sources);
    size_t largest = 0;
    for (int i = 0; i < set->count; i++) {
        const Parameter *parameter = set->items[i];
        const Shape shape = shape_in_file(&parameter->value.shape);
        sources[i] = (SafetensorsSource){ .name = parameter->name, .rank = shape.rank };
        memcpy(sources[i].size, shape.size, sizeof shape.size);
        if (tensor_bytes(&parameter->value) > largest) largest = tensor_bytes(&parameter->value);
    }
    Fetch from = { set, malloc(largest + 1) };
    const bool good =
        from.memory ? safetensors_write(path, sources, set->count, metadata, fetch, &from, error)
                    : error_no_memory(error, "%s: cannot write", path);
    free(from.memory);
    free(sources);
    return good;
}

/* ---- Loading ---- */

static void add_line(WeightsReport *report, WeightsProblem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_line(WeightsReport *report, WeightsProblem problem, const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    report->counts[problem]++;
    report->lines =
        memory_resize(report->lines, (size_t)report->line_count + 1, sizeof *report->lines);
    report->lines[report->line_count++] = memory_text(line);
}

void weights_report_release(WeightsReport *report) {
    for (int i = 0; i < report->line_count; i++) free(report->lines[i]);
    free(report->lines);
    *report = (WeightsReport){ 0 };
}

static bool starts_with(const char *text, const char *prefix) {
    return !strncmp(text, prefix, strlen(prefix));
}

static bool ends_with(const char *text, const char *ending) {
    const size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && !strcmp(text + length - tail, ending);
}

/* The name with `from` at its front replaced by `to`; the caller frees it. */
static char *replace_prefix(const char *name, const char *from, const char *to) {
    const char *rest = name + strlen(from);
    char *replaced = memory_new(strlen(to) + strlen(rest) + 1, 1);
    return strcat(strcpy(replaced, to), rest);
}

static ShapeText entry_text(const SafetensorsEntry *entry) {
    ShapeText result = { "[" };
    size_t used = 1;
    for (int i = 0; i < entry->rank && used < sizeof result.text; i++)
        used += (size_t)snprintf(result.text + used, sizeof result.text - used, "%s%lld",
                                 i ? "," : "", (long long)entry->size[i]);
    if (used < sizeof result.text) snprintf(result.text + used, sizeof result.text - used, "]");
    return result;
}

static bool fits(const SafetensorsEntry *entry, const Shape *shape) {
    const Shape expected = shape_in_file(shape);
    return entry->rank == expected.rank && entry->format->to_real &&
           !memcmp(entry->size, expected.size, (size_t)expected.rank * sizeof *expected.size);
}

/* The entry of the file for each parameter; NULL: none. */
static void match_parameters(const ParameterSet *set, const SafetensorsFile *file,
                             const char *file_prefix, const char *set_prefix,
                             const SafetensorsEntry **matches, WeightsReport *report) {
    for (int i = 0; i < set->count; i++) {
        const Parameter *parameter = set->items[i];
        if (!starts_with(parameter->name, set_prefix)) continue;
        char *name = replace_prefix(parameter->name, set_prefix, file_prefix);
        const SafetensorsEntry *entry = safetensors_find(file, name);
        const Shape expected = shape_in_file(&parameter->value.shape);
        if (!entry) {
            add_line(report, WEIGHTS_MISSING, "missing: '%s' %s", name, shape_text(&expected).text);
        } else if (!fits(entry, &parameter->value.shape)) {
            add_line(report, WEIGHTS_MISMATCHED, "mismatched: '%s' is %s of %s; expected %s", name,
                     entry_text(entry).text, entry->format->name, shape_text(&expected).text);
        } else {
            matches[i] = entry;
            report->loaded++;
        }
        free(name);
    }
}

static void find_unexpected(const ParameterSet *set, const SafetensorsFile *file,
                            const char *file_prefix, const char *set_prefix,
                            WeightsReport *report) {
    for (int i = 0; i < file->count; i++) {
        const SafetensorsEntry *entry = &file->entries[i];
        if (!starts_with(entry->name, file_prefix) || ends_with(entry->name, "num_batches_tracked"))
            continue;
        char *name = replace_prefix(entry->name, file_prefix, set_prefix);
        if (!parameter_find(set, name))
            add_line(report, WEIGHTS_UNEXPECTED, "unexpected: '%.300s' %s", entry->name,
                     entry_text(entry).text);
        free(name);
    }
}

/* Whether there is no problem; otherwise the counts and the first few lines. Lines that are not
 * errors come last. */
static bool all_match(const char *path, const WeightsOptions *options, const WeightsReport *report,
                      Error *error) {
    enum { SHOWN = 3 };
    const int *counts = report->counts;
    const int wrong =
        report->line_count - (options->extra ? report->counts[WEIGHTS_UNEXPECTED] : 0);
    char first[600] = "";
    if (wrong == 0) return true;
    for (int i = 0; i < wrong && i < SHOWN; i++) {
        const size_t used = strlen(first);
        snprintf(first + used, sizeof first - used, "%s%s", i ? "; " : "", report->lines[i]);
    }
    return error_set(error, "%s: %d parameters missing, %d unexpected, %d mismatched; first %s",
                     path, counts[WEIGHTS_MISSING], counts[WEIGHTS_UNEXPECTED],
                     counts[WEIGHTS_MISMATCHED], first);
}

/* Reads everything before any change, because the disk may still fail. */
static bool read_matches(ParameterSet *set, SafetensorsFile *file,
                         const SafetensorsEntry *const *matches, Error *error) {
    real **staged = memory_new((size_t)set->count, sizeof *staged), *scratch = NULL;
    bool good = true;
    for (int i = 0; good && i < set->count; i++) {
        if (!matches[i]) continue;
        const Tensor *value = &set->items[i]->value;
        staged[i] = malloc(tensor_bytes(value) + 1);
        scratch = malloc(tensor_bytes(value) + 1);
        good = staged[i] && scratch ? safetensors_read(file, matches[i], scratch, error)
                                    : error_no_memory(error, "%s: cannot be read", file->path);
        if (good) filter_from_file(&value->shape, scratch, staged[i]);
        free(scratch);
    }
    for (int i = 0; i < set->count; i++) {
        if (good && staged[i]) tensor_upload(&set->items[i]->value, staged[i]);
        free(staged[i]);
    }
    free(staged);
    return good;
}

bool weights_load(ParameterSet *set, const char *path, const WeightsOptions *options,
                  Metadata *metadata, WeightsReport *report, Error *error) {
    static const WeightsOptions strict = { .partial = false };
    if (!options) options = &strict;
    const char *file_prefix = options->file_prefix ? options->file_prefix : "";
    const char *set_prefix = options->set_prefix ? options->set_prefix : "";
    WeightsReport own = { 0 }, *lines = report ? report : &own;
    SafetensorsFile *file = safetensors_open(path, error);
    if (!file) return false;
    const SafetensorsEntry **matches = memory_new((size_t)set->count, sizeof(void *));
    match_parameters(set, file, file_prefix, set_prefix, matches, lines);
    find_unexpected(set, file, file_prefix, set_prefix, lines);
    const bool good = (options->partial || all_match(path, options, lines, error)) &&
                      read_matches(set, file, matches, error);
    if (good && metadata) {
        metadata_release(metadata);
        *metadata = file->metadata;
        file->metadata = (Metadata){ 0 };
    }
    free(matches);
    safetensors_close(file);
    weights_report_release(&own);
    return good;
}
