/* csv.c - reads and writes tables of numbers. */
#include "hadnet/reports/csv.h"

#include "tensor/text_file.h"
#include "tensor/file_writer.h"
#include "tensor/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Csv csv_new(int columns, const char *const *names) {
    PROMISE(columns >= 1 && columns <= CSV_COLUMNS_MAX, "%d columns", columns);
    Csv table = { .columns = columns, .names = memory_new((size_t)columns, sizeof *table.names) };
    for (int i = 0; i < columns; i++) table.names[i] = memory_text(names[i]);
    return table;
}

void csv_free(Csv *table) {
    for (int i = 0; i < table->columns; i++) free(table->names[i]);
    free(table->names);
    free(table->cells);
    *table = (Csv){ 0 };
}

void csv_add_row(Csv *table, const double *cells) {
    const size_t row_bytes = (size_t)table->columns * sizeof *cells;
    table->cells = memory_one_more(table->cells, (size_t)table->rows, row_bytes);
    memcpy(table->cells + (size_t)table->rows++ * (size_t)table->columns, cells, row_bytes);
}

int csv_column(const Csv *table, const char *name) {
    for (int i = 0; i < table->columns; i++)
        if (strcmp(table->names[i], name) == 0) return i;
    return -1;
}

double csv_cell(const Csv *table, int row, const char *name) {
    const int column = csv_column(table, name);
    if (column < 0) return NAN;
    return table->cells[(size_t)row * (size_t)table->columns + (size_t)column];
}

/* Split line at its commas, in place; returns the number of cells, or CSV_COLUMNS_MAX + 1. */
static int split(char *line, char *cells[CSV_COLUMNS_MAX]) {
    for (int count = 0;; count++) {
        if (count == CSV_COLUMNS_MAX) return count + 1;
        cells[count] = line;
        line = strchr(line, ',');
        if (!line) return count + 1;
        *line++ = '\0';
    }
}

static double cell_value(const char *cell) {
    char *end;
    const double value = strtod(cell, &end);
    return end == cell || *end ? NAN : value;
}

static bool parse_line(char *line, int number, const char *path, Csv *table, Error *error) {
    char *cells[CSV_COLUMNS_MAX];
    double values[CSV_COLUMNS_MAX];
    const int count = split(line, cells);
    if (count > CSV_COLUMNS_MAX)
        return error_set(error, "%s line %d: more than %d cells", path, number, CSV_COLUMNS_MAX);
    if (!table->columns) {
        *table = csv_new(count, (const char *const *)cells);
        return true;
    }
    if (count != table->columns)
        return error_set(error, "%s line %d: %d cells, the header has %d", path, number, count,
                         table->columns);
    for (int i = 0; i < count; i++) values[i] = cell_value(cells[i]);
    csv_add_row(table, values);
    return true;
}

bool csv_read(const char *path, Csv *table, Error *error) {
    *table = (Csv){ 0 };
    char *text = text_file_read(path, error);
    if (!text) return false;
    bool good = true;
    int number = 0;
    for (char *line = text, *next; good && line && *line; line = next) {
        next = text_line_end(line);
        good = parse_line(line, ++number, path, table, error);
    }
    free(text);
    if (good && !table->columns) good = error_set(error, "%s: no header row", path);
    if (!good) csv_free(table);
    return good;
}

bool csv_write(const char *path, const Csv *table, Error *error) {
    FileWriter writer;
    if (!file_writer_open(&writer, path, error)) return false;
    writer.durable = true; /* --resume depends on it */
    for (int i = 0; i < table->columns; i++)
        fprintf(writer.file, "%s%s", i ? "," : "", table->names[i]);
    for (int row = 0; row < table->rows; row++) {
        const double *cells = table->cells + (size_t)row * (size_t)table->columns;
        for (int i = 0; i < table->columns; i++) {
            char number[TEXT_NUMBER];
            fprintf(writer.file, "%s%s", i ? "," : "\n",
                    isnan(cells[i]) ? "" : text_number(cells[i], number));
        }
    }
    fputc('\n', writer.file);
    return file_writer_finish(&writer, true, error);
}
