/* gpu_library.h - load the library of GPU kernels when a program asks for a GPU. A program on a
 * machine without one loads no kernels and no vendor's runtime. */
#ifndef TENSOR_GPU_LIBRARY_H
#define TENSOR_GPU_LIBRARY_H

#include "tensor/error.h"

/* Loads it; it calls device_register_gpu. false and an error: the library, or something it needs
 * such as the vendor's driver, is not installed. */
bool gpu_library_load(Error *error);

#endif
