/* predict_images.h - finds the defects of planned images, one after the other, and writes their
 * results.
 */
#ifndef HADNET_PREDICT_IMAGES_H
#define HADNET_PREDICT_IMAGES_H

#include "hadnet/command_line/program.h"
#include "hadnet/embed/predict_method.h"
#include "hadnet/prediction/results.h"

#include <stdio.h>

/* Predict each image that is no result of an earlier call, and complete the tables. Standard
 * output gets a line per image, standard error the progress and a line for each image that
 * fails; the others continue. Then the end is PROGRAM_FAILED: the error has the number of
 * failures, or the failure itself if there is one image. `program` begins the lines on standard
 * error. */
ProgramEnd predict_images(HadnetNetwork *network, const PredictMethod *method, Results *results,
                          const char *program, Error *error);

/* Print a name, which may contain anything, such that it stays on one line. */
void print_name(FILE *stream, const char *name);

#endif
