/* seeds.h - writing the inputs from which fuzz targets start. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include <stdbool.h>
#include <stddef.h>

/* The file `name` of a target's seeds, FOLDER/TARGET/NAME; stops when it cannot be written. */
void seed(const char *target, const char *name, const void *bytes, size_t count);
void seed_text(const char *target, const char *name, const char *text);

/* The folder that seeds go to. */
const char *seed_folder(void);

/* Small pictures of every format, depth and kind. */
void seed_images(void);

#endif
