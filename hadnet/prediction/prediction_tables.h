/* prediction_tables.h - the results of all images in tables: CSV for a spreadsheet, JSON lines for
 * a program.
 *
 * images.csv      a row per image    image,defect,score,regions,area,width,height,tiles,error
 * regions.csv     a row per region   image,region,label,class,area,left,top,width,height,
 *                                    mean_score,largest_score
 * images.jsonl    a line per image, with its regions in a list
 *
 * An image is named as the command line named it. defect: 1 if it has a region. score: the largest
 * of its pixels. Areas and boxes are in pixels. tiles: their number; 0: the image was predicted
 * whole, resized to the network's size. Of an image that failed there is its name and the error.
 * CSV is quoted as RFC 4180 says; JSON is UTF-8.
 */
#ifndef HADNET_PREDICTION_TABLES_H
#define HADNET_PREDICTION_TABLES_H

#include "hadnet/prediction/answer_summary.h"
#include "hadnet/prediction/results.h"
#include "tensor/file_writer.h"

enum { PREDICTION_TABLES = 3 };

typedef struct PredictionTables {
    const char *const *class_names;
    bool open[PREDICTION_TABLES];
    FileWriter writers[PREDICTION_TABLES];
} PredictionTables;

/* Whether the tables that the options ask for would replace nothing but tables of earlier calls.
 * Otherwise the error names the file. */
bool prediction_tables_may_be_written(const ResultsOptions *options, Error *error);

/* Begin the tables in the options' folder, which exists; with neither csv nor json there are
 * none. The files get their names when they are complete. class_names must outlive them. */
bool prediction_tables_open(PredictionTables *tables, const ResultsOptions *options,
                            const char *const *class_names, Error *error);

void prediction_tables_add(PredictionTables *tables, const char *image, const HadnetAnswer *answer,
                           const AnswerSummary *summary);
void prediction_tables_add_failure(PredictionTables *tables, const char *image, const char *error);

/* Complete the files and give them their names; keep: false discards them. Call it after open,
 * whatever happened since. */
bool prediction_tables_close(PredictionTables *tables, bool keep, Error *error);

#endif
