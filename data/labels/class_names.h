/* class_names.h - the names of classes, as read from classes.txt.
 *
 *     background            0: background           #000000: background
 *     scratch               85: scratch             #ff0000: scratch
 *     dent                  170: dent               #00ff00: dent
 *
 * On the left, line n (from 0) names the class whose value in a mask is n. In the middle every line
 * states its value, on the right its colour, of masks in colour; the classes are numbered in the order
 * of the lines. The first is the background. The text is UTF-8; a byte-order mark before it is skipped.
 */
#ifndef DATA_CLASS_NAMES_H
#define DATA_CLASS_NAMES_H

#include "tensor/error.h"

#include <stdint.h>

/* A label is a byte, and one of its values marks ignored pixels. */
enum { CLASSES_MAX = 255, CLASS_NAME_BYTES_MAX = 254 };

typedef struct ClassNames {
    int count;
    char *names[CLASSES_MAX]; /* owned */
    int values[CLASSES_MAX];  /* of a class in masks, 0..255; by colour, its number */
    bool by_colour;
    uint32_t colours[CLASSES_MAX]; /* 0xrrggbb, by colour */
} ClassNames;

/* Read classes.txt at path: at least two classes. false: the error names path and line and quotes
 * what was found; nothing is to be freed. */
bool class_names_read(const char *path, ClassNames *classes, Error *error);
void class_names_free(ClassNames *classes);

/* Why `name` cannot be a class's name, such as "holds the control character U+001B"; NULL if it
 * can. Names are printed on terminals, in tables and on images. Characters that would move the
 * cursor or change the direction of writing are refused, from classes.txt and from weight files. */
const char *class_name_fault(const char *name, char buffer[64]);

#endif
