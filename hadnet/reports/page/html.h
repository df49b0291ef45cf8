/* html.h - writes a page of HTML that needs no other file, no network and no script.
 *
 *     html_begin(file, "title");
 *     html_section(file, "classes", "Classes");
 *     ... html_text(file, name); ...
 *     html_section_end(file);
 *     html_end(file);
 *
 * The page follows the reader's choice of light or dark, and its tables scroll where they are wider
 * than the screen.
 */
#ifndef HADNET_HTML_H
#define HADNET_HTML_H

#include "data/image/image.h"

#include <stdio.h>

/* Whether a page may be written to path without loss: no file is there, an empty one, or such a page. */
bool html_may_replace(const char *path, Error *error);

void html_begin(FILE *file, const char *title);
void html_end(FILE *file);

/* A part of the page, listed by its id in the links at its top only by the caller. */
void html_section(FILE *file, const char *id, const char *title);
void html_section_end(FILE *file);

/* The text, with the characters that HTML would take for its own replaced. */
void html_text(FILE *file, const char *text);

/* One row of a table of two columns, a name and a number or text. */
void html_pair(FILE *file, const char *name, const char *value);

/* The image, as PNG within the page; alt says what it shows to those who cannot see it. false: no
 * memory. */
bool html_image(FILE *file, const Image *image, const char *alt);

#endif
