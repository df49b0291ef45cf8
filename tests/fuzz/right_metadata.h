/* right_metadata.h - the metadata of a correct resume.safetensors. */
#ifndef TESTS_FUZZ_RIGHT_METADATA_H
#define TESTS_FUZZ_RIGHT_METADATA_H

#include "nn/metadata.h"

/* Those of a run of the smallest images at its start. metadata_release frees them. */
void right_metadata(Metadata *metadata);

#endif
