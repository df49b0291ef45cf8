/* subject.h - a whole network with one batch, for benchmarks of training steps and inference.
 *
 *     Subject subject;
 *     if (subject_compact(&subject, device_cpu(), 8, SUBJECT_STAGE_1, &error))
 *         bench_measure(bench, &row, subject_run, &subject);
 *     subject_destroy(&subject);
 *
 * The batch is random and stays on the device: feeding a network is not measured. Images are
 * 256x256. On a GPU the work of a run is recorded and replayed, as in training.
 */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include "hadnet/model/network.h"
#include "nn/optimiser.h"
#include "tensor/recording.h"

enum { SUBJECT_SIZE = 256, SUBJECT_CLASSES = 4, SUBJECT_WRN50_CLASSES = 1000 };

typedef enum SubjectRun {
    SUBJECT_INFERENCE,
    SUBJECT_STAGE_1, /* a step of the classifier, for wrn50 */
    SUBJECT_STAGE_3
} SubjectRun;

typedef struct Subject {
    SubjectRun kind;
    int batch;
    Graph *graph;
    Node *image, *labels, *twin, *has_twin; /* the inputs; NULL for those not present */
    Optimiser *optimiser;                   /* NULL for inference */
    ParameterSet *parameters;               /* of the wrn50, or the network's */
    Network *network;                       /* NULL for wrn50 */
    const Device *device;
    Recording recording; /* of a run's enqueued work */
    UpdateRule ball_rule;
    real curvature;
} Subject;

/* WideResNet-50-2 with 1000 classes. A step: forward, cross-entropy, backward, Adam. */
bool subject_wrn50(Subject *subject, const Device *device, int batch, SubjectRun kind,
                   Error *error);

/* Compact HADNet with 4 classes. A step of stage 1 or 3, as hadnet_train takes it; inference gives
 * logits at the image's size. */
bool subject_compact(Subject *subject, const Device *device, int batch, SubjectRun kind,
                     Error *error);

/* Free a subject's memory, also after a failure. A subject in use must not be moved. */
void subject_destroy(Subject *subject);

/* A Work (bench.h): one step, or one inference. Returns when the device is done. */
bool subject_run(void *subject, Error *error);

/* Multiply-adds of one run, convolutions counted directly: every op's forward, and as many again
 * for each of its two factors whose gradient the run computes. Call it after the first run. */
double subject_multiply_adds(const Subject *subject);

#endif
