/* ablation_run.h - the training runs behind one table, each in a folder and a process of its own.
 *
 *     DIR/seed-1/afss-ard/            the run: weights, metrics.csv, log.txt
 *     DIR/seed-1/afss-ard/val.json    its evaluation on the validation images, and
 *     DIR/seed-1/afss-ard/test.json   on the test images, by the last weights
 *     DIR/seed-1/rdr-ard-2/           the second selection of channels at random
 *
 * hadnet_train and hadnet_eval, beside the running program, do the work: the log begins with the
 * command. A run that was cut off goes on where it stopped; one that is evaluated is not repeated.
 */
#ifndef HADNET_ABLATION_RUN_H
#define HADNET_ABLATION_RUN_H

#include "hadnet/ablation/ablation_table.h"
#include "hadnet/command_line/program.h"

enum { ABLATION_SEEDS_MAX = 64 };

typedef struct Ablation {
    const AblationTable *table;
    const char *folder;
    int seeds;           /* 1, 2, ... */
    int epochs[2];       /* of stage 1, of stage 3 */
    const char **common; /* options of hadnet_train that all rows share, as words */
    int common_count;
    const char **shared; /* those of them that hadnet_eval takes too, such as --data DIR */
    int shared_count;
} Ablation;

/* Train and evaluate what is not yet. after(context) is called whenever a run has been evaluated.
 * PROGRAM_FAILED: the error names the run and its log. */
ProgramEnd ablation_run(const Ablation *ablation, bool (*after)(void *context, Error *error),
                        void *context, Error *error);

/* The numbers of an evaluation that a table keeps; the last three are of a ball (geometry.h). */
typedef enum AblationNumber {
    ABLATION_MIOU_ALL,
    ABLATION_MIOU_DEFECTS,
    ABLATION_PIXEL_AUROC,
    ABLATION_NLL,
    ABLATION_CALIBRATION_ERROR,
    ABLATION_FEATURE_LENGTH,
    ABLATION_POINT_LENGTH,
    ABLATION_AGREEMENT,
    ABLATION_NUMBERS
} AblationNumber;

/* Their names in hadnet_eval's JSON and in table.csv. */
extern const char *const ablation_keys[ABLATION_NUMBERS];

/* Of a run on a part. NaN: it has no evaluation, or no such number. */
typedef struct AblationResult {
    double number[ABLATION_NUMBERS];
} AblationResult;

typedef enum AblationPart { ABLATION_VAL, ABLATION_TEST, ABLATION_PARTS } AblationPart;

/* Read the evaluation of a row's run; selection counts from 1. false: the file is damaged. */
bool ablation_result(const Ablation *ablation, int row, int seed, int selection, AblationPart part,
                     AblationResult *result, Error *error);

#endif
