/* training_end.h - how a training, or a part of it, ended. */
#ifndef HADNET_TRAINING_END_H
#define HADNET_TRAINING_END_H

typedef enum TrainingEnd {
    TRAINING_DONE,
    TRAINING_INTERRUPTED, /* saved: resume.safetensors goes on from here */
    TRAINING_FAILED       /* see the error; the last saved files are whole */
} TrainingEnd;

#endif
