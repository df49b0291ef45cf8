/* filter_layout.h - a filter's two layouts: [out, in, height, width] in files, and
 * [out, height, width, in] in memory. */
#ifndef NN_FILTER_LAYOUT_H
#define NN_FILTER_LAYOUT_H

#include "tensor/tensor.h"

/* The shape of a tensor in a file; only tensors of four dimensions differ. */
static inline Shape shape_in_file(const Shape *shape) {
    const int64_t *size = shape->size;
    return shape->rank == 4 ? shape_4(size[0], size[3], size[1], size[2]) : *shape;
}

/* Swap the last two axes of [blocks, rows, columns]. */
static inline void swap_axes(const real *source, real *destination, int64_t blocks, int64_t rows,
                             int64_t columns) {
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++)
                destination[(block * columns + column) * rows + row] =
                    source[(block * rows + row) * columns + column];
}

/* Both take the shape in memory, and do not change tensors of other than four dimensions. */
static inline void filter_to_file(const Shape *shape, const real *memory, real *file) {
    const int64_t *size = shape->size;
    if (shape->rank == 4)
        swap_axes(memory, file, size[0], size[1] * size[2], size[3]);
    else
        swap_axes(memory, file, 1, shape_elements(shape), 1);
}

static inline void filter_from_file(const Shape *shape, const real *file, real *memory) {
    const int64_t *size = shape->size;
    if (shape->rank == 4)
        swap_axes(file, memory, size[0], size[3], size[1] * size[2]);
    else
        swap_axes(file, memory, 1, shape_elements(shape), 1);
}

#endif
