/* training_end.h - the outcome of a training run, or of a part of it. */
#ifndef HADNET_TRAINING_END_H
#define HADNET_TRAINING_END_H

typedef enum TrainingEnd {
    TRAINING_DONE,
    TRAINING_INTERRUPTED, /* saved: resume.safetensors continues from here */
    TRAINING_FAILED       /* see the error; the last saved files are whole */
} TrainingEnd;

#endif
