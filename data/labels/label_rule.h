/* label_rule.h - what the values in masks mean.
 *
 * A value is a label where classes are named, or where the values of all masks run 0, 1, 2 ...
 * without a gap. An ambiguous data set is refused; the error says what was found and which option
 * decides:
 *
 *     values in masks     without more               mask_threshold T      VALUE: NAME
 *     0 1 2               labels                     1 2 are the defect    as named
 *     0 255               255 is the one defect      255 is the defect     as named
 *     0 1 2 255           255 is ignored, where      1 2 255 are the       as named
 *                         no mask has 255 alone      defect
 *     0 128, or grey      refused                    from T up             as named
 *     0 1, and 0 255      refused: which masks       from T up             as named
 *
 * The last column is classes.txt with lines of that form.
 *
 * Masks in colour, with a palette or without, are read by the colours that classes.txt states, "#RRGGBB:
 * NAME"; their values are the classes' numbers.
 *
 * ignore_label names the value that is ignored, whatever other values the masks have.
 */
#ifndef DATA_LABEL_RULE_H
#define DATA_LABEL_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum { LABEL_IGNORE = 255 };

typedef struct LabelRule {
    uint8_t label_of[256]; /* a label, or LABEL_IGNORE */
    bool is_known[256];    /* values whose label is decided */
    int threshold;         /* values from here up are the defect, others background; 0: none */
    bool white_is_defect;  /* decided because masks have only 0 and 255 */
    int colours;           /* masks are in colour; this many are known; 0: they hold numbers */
    uint32_t colour[LABEL_IGNORE]; /* 0xrrggbb of class 0, 1, ... */
    const char *named_by; /* the source of the class names: "classes.txt"; NULL: the masks */
} LabelRule;

#endif
