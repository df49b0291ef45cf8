/* safetensors.c - opening, closing and reading safetensors files. */
#include "nn/safetensors.h"

#include "tensor/memory.h"
#include "tensor/regular_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The header as text, its length checked against the file's. The caller frees it. */
static char *read_header(FILE *file, uint64_t file_bytes, uint64_t *length, Error *error) {
    if (file_bytes < 8 || fread(length, 8, 1, file) != 1) {
        error_set(error, "%llu bytes are too few for a safetensors file",
                  (unsigned long long)file_bytes);
        return NULL;
    }
    if (*length > SAFETENSORS_MAX_HEADER || *length > file_bytes - 8) {
        error_set(error,
                  "a header of %llu bytes in a file of %llu (limit %d); "
                  "it is cut short, or no safetensors file",
                  (unsigned long long)*length, (unsigned long long)file_bytes,
                  SAFETENSORS_MAX_HEADER);
        return NULL;
    }
    char *header = malloc((size_t)*length + 1);
    if (!header) {
        error_no_memory(error, "a header of %llu bytes", (unsigned long long)*length);
    } else if (fread(header, 1, (size_t)*length, file) != *length) {
        error_set(error, "the header cannot be read: %s", strerror(errno));
        free(header);
        header = NULL;
    }
    return header;
}

SafetensorsFile *safetensors_open(const char *path, Error *error) {
    uint64_t file_bytes, length;
    FILE *stream = regular_file_open(path, &file_bytes, error);
    if (!stream) return NULL;
    SafetensorsFile *file = memory_new(1, sizeof *file);
    file->path = memory_text(path);
    file->file = stream;
    Error cause = { "" };
    char *header = read_header(stream, file_bytes, &length, &cause);
    if (header) {
        file->data_at = 8 + length;
        safetensors_parse(file, header, (size_t)length, file_bytes - file->data_at, &cause);
        free(header);
    }
    if (!cause.text[0]) return file;
    error_set(error, "%s: %s", path, cause.text);
    safetensors_close(file);
    return NULL;
}

void safetensors_close(SafetensorsFile *file) {
    if (!file) return;
    if (file->file) fclose(file->file);
    for (int i = 0; i < file->count; i++) free(file->entries[i].name);
    free(file->entries);
    metadata_release(&file->metadata);
    free(file->path);
    free(file);
}

bool safetensors_read(SafetensorsFile *file, const SafetensorsEntry *entry, real *numbers,
                      Error *error) {
    unsigned char bytes[65536];
    const NumberFormat *format = entry->format;
    const int64_t per_read = (int64_t)sizeof bytes / format->bytes;
    if (!format->to_real)
        return error_set(error, "%s: tensor '%.200s': numbers of type %s cannot be read",
                         file->path, entry->name, format->name);
    if (fseeko(file->file, (off_t)(file->data_at + entry->begin), SEEK_SET) != 0)
        return error_set(error, "%s: cannot be read: %s", file->path, strerror(errno));
    for (int64_t done = 0; done < entry->elements;) {
        const int64_t left = entry->elements - done, count = left < per_read ? left : per_read;
        errno = 0;
        if (fread(bytes, (size_t)format->bytes, (size_t)count, file->file) != (size_t)count)
            return error_set(error, "%s: tensor '%.200s' cannot be read: %s", file->path,
                             entry->name, errno ? strerror(errno) : "the file is cut short");
        format->to_real(bytes, count, numbers + done);
        done += count;
    }
    return true;
}
