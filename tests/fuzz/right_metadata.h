/* right_metadata.h - what stands in a resume.safetensors that is right. */
#ifndef TESTS_FUZZ_RIGHT_METADATA_H
#define TESTS_FUZZ_RIGHT_METADATA_H

#include "nn/metadata.h"

/* Those of a run of the smallest pictures at its start. metadata_release frees them. */
void right_metadata(Metadata *metadata);

#endif
