/* seeds.h - writes files among the seeds of the fuzz targets. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include <stdbool.h>
#include <stddef.h>

/* Write the seed FOLDER/TARGET/NAME; aborts if it cannot be written. */
void seed(const char *target, const char *name, const void *bytes, size_t count);
void seed_text(const char *target, const char *name, const char *text);

/* The folder that seeds go to. */
const char *seed_folder(void);

/* Small images of every format, depth and kind. */
void seed_images(void);

#endif
