/* drawn.h - the classes of a dataset whose masks are shapes. Private to data/. */
#ifndef DATA_DRAWN_H
#define DATA_DRAWN_H

#include "data/dataset.h"
#include "data/shapes/drawing.h"

struct Drawn {
    const char *source; /* "LabelMe files"; static */
    const char *order;  /* how the classes are ordered, where nothing else names them; static */
    char *names[CLASSES_MAX]; /* what the files call the classes, class 0 first; owned */
    int count;                /* 0: what the shapes are called */
};

Drawn *drawn_new(const char *source, const char *order);
void drawn_free(Drawn *drawn); /* NULL is fine */

/* The classes are called so in the files, instead of what they were called before. */
void drawn_call(Drawn *drawn, char *const *names, int count);

/* Name the classes by the shapes' labels: the background, then the others in the order of their
 * bytes. Fails if there are none, or too many. */
bool drawn_name_by_labels(const Dataset *dataset, Drawn *drawn, Error *error);

/* Give every shape the class of its label: the name of a class of the dataset, or what the files
 * call it. A drawing with another label cannot be drawn, and says so. */
void drawn_give_classes(Dataset *dataset);

#endif
