/* split_line.h - the lines of a split list, sorted by the images' names. Private to data/. */
#ifndef DATA_SPLIT_LINE_H
#define DATA_SPLIT_LINE_H

#include "data/dataset.h"

typedef struct SplitLine {
    char *name; /* of the image, as lists write it; owned */
    Part part;  /* PARTS: the line names none */
    int number; /* of the line in its file, from 1; of the sample in its dataset, from 0 */
} SplitLine;

typedef struct SplitLines {
    SplitLine *lines;
    int count;
} SplitLines;

SplitLines split_lines_of_dataset(const Dataset *dataset);

/* The lines of a text, which is cut up. false for a line that is not of the form; the error names
 * path and line, and nothing is to be freed. */
bool split_lines_of_text(char *text, const char *path, SplitLines *lines, Error *error);

void split_lines_free(SplitLines *lines);

#endif
