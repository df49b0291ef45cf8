/* gpu_library.h - the GPU's kernels, as a library that is loaded when a GPU is asked for: a program
 * of a machine without one carries nothing of them, and nothing of a vendor's runtime. */
#ifndef TENSOR_GPU_LIBRARY_H
#define TENSOR_GPU_LIBRARY_H

#include "tensor/error.h"

/* Load it; it calls device_register_gpu. false and an error: it is not there, or needs what is not
 * installed, such as the vendor's driver. */
bool gpu_library_load(Error *error);

#endif
