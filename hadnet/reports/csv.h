/* csv.h - a table of numbers with a header row, in a comma-separated file.
 *
 * Cells that are not numbers (a stage's name, an empty cell) read as NaN. NaN is written as an
 * empty cell, other numbers so that they read back bit for bit.
 */
#ifndef HADNET_CSV_H
#define HADNET_CSV_H

#include "tensor/error.h"

enum { CSV_COLUMNS_MAX = 64 };

typedef struct Csv {
    int columns, rows;
    char **names;  /* [columns], owned */
    double *cells; /* [rows][columns], owned */
} Csv;

/* An empty table with the given columns. */
Csv csv_new(int columns, const char *const *names);
void csv_free(Csv *table);

/* Append a row of table->columns numbers. */
void csv_add_row(Csv *table, const double *cells);

/* The column's index, or -1. */
int csv_column(const Csv *table, const char *name);

/* The number in that row and column; NaN: the table has no such column. */
double csv_cell(const Csv *table, int row, const char *name);

/* Fails when the file is missing, has no header, or a row has another number of cells; the line
 * names path and row. The caller frees the table. */
bool csv_read(const char *path, Csv *table, Error *error);

/* Write the file atomically. */
bool csv_write(const char *path, const Csv *table, Error *error);

#endif
