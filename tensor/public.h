/* public.h - which names the library exports: those declared between PUBLIC_BEGIN and PUBLIC_END,
 * and functions defined as PUBLIC. All else is compiled with -fvisibility=hidden and can be neither
 * called nor replaced from outside. Includes stand before PUBLIC_BEGIN. It stands only in headers
 * that the public header of a room reaches (tensor/tensor.h, autograd/autograd.h, ...). */
#ifndef TENSOR_PUBLIC_H
#define TENSOR_PUBLIC_H

#define PUBLIC __attribute__((visibility("default")))
#define PUBLIC_BEGIN _Pragma("GCC visibility push(default)")
#define PUBLIC_END _Pragma("GCC visibility pop")

/* Before a function that no public header declares, but which the kernels of a GPU call: they are a
 * library of their own, so that it must be exported all the same. */
#define FOR_GPU_KERNELS PUBLIC

#endif
