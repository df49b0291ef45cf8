/* mask_cells.c - computes the defect share of each cell. */
#include "hadnet/reports/mask_cells.h"

#include "data/dataset.h"

static real share_of_cell(const uint8_t *labels, int size, int64_t top, int64_t left,
                          int64_t bottom, int64_t right) {
    int64_t defect = 0, all = 0;
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = left; x < right; x++, all++) {
            const uint8_t label = labels[y * size + x];
            defect += label != 0 && label != LABEL_IGNORE;
        }
    return all ? (real)defect / (real)all : 0;
}

void mask_cells(const uint8_t *labels, int size, int64_t height, int64_t width, real *shares) {
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            shares[y * width + x] = share_of_cell(labels, size, y * size / height, x * size / width,
                                                  (y + 1) * size / height, (x + 1) * size / width);
}
